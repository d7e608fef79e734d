import {
  getRouteinfoByTopic,
  isDlqTopic,
  isRetryTopic,
  isSystemTopic,
  Perm,
  ResponseCode,
  validateTopic,
} from '@cometmq/protocol';
import { answerOf, type Processor } from '@cometmq/remoting';
import type { Clock } from '@cometmq/runtime';
import type { BrokerParts } from '@cometmq/broker';

/** Turns in which a broker tells the name server of a new topic; it takes about ten. */
const MAX_TURNS = 500;

/**
 * The name server's processors, but a topic that is asked for is made on all brokers: a consumer that starts before the
 * first message is sent finds its queues at once, not with its next look half a minute later.
 */
export function topicsOnDemand(
  processors: readonly Processor[],
  tables: () => readonly BrokerParts['topics'][],
  queues: number,
  clock: Pick<Clock, 'afterTurn'>,
): Processor[] {
  return processors.map((inner) => {
    if (inner.definition.code !== getRouteinfoByTopic.code) return inner;
    return {
      definition: inner.definition,
      handle: async (request) => {
        const reply = await answerOf(inner, request);
        const { topic } = request.header as { readonly topic: string };
        if (reply?.code !== ResponseCode.TOPIC_NOT_EXIST || !maybeMade(topic)) return reply;
        await Promise.all(tables().map((table) => table.ensure(topic, () => plainTopic(topic, queues))));
        for (let turn = 0; turn < MAX_TURNS && tables().length > 0; turn += 1) {
          const now = await answerOf(inner, request);
          if (now?.code !== ResponseCode.TOPIC_NOT_EXIST) return now;
          await new Promise<void>((resolve) => clock.afterTurn(resolve));
        }
        return reply;
      },
    };
  });
}

function maybeMade(topic: string): boolean {
  return validateTopic(topic) === undefined && !isSystemTopic(topic) && !isRetryTopic(topic) && !isDlqTopic(topic);
}

function plainTopic(topicName: string, queues: number) {
  return {
    topicName,
    readQueueNums: queues,
    writeQueueNums: queues,
    perm: Perm.READ | Perm.WRITE,
    topicFilterType: 'SINGLE_TAG' as const,
    topicSysFlag: 0,
    order: false,
    attributes: new Map<string, string>(),
  };
}
