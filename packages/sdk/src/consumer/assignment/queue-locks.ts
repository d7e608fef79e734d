import {
  lockBatchMq,
  lockBatchRequestBody,
  lockBatchResponseBody,
  ResponseCode,
  unlockBatchMq,
  unlockBatchRequestBody,
} from '@cometmq/protocol';
import type { ClientInstance } from '../../client/client-instance.js';
import { type MessageQueue, queueKey } from '../../message/message-queue.js';

const LOCK_TIMEOUT_MS = 1000;

/** What a broker said about a lock; undefined in a map of them: it did not answer. */
export type LockAnswer = 'given' | 'refused';

function byBroker(queues: Iterable<MessageQueue>): Map<string, MessageQueue[]> {
  const grouped = new Map<string, MessageQueue[]>();
  for (const queue of queues) {
    const of = grouped.get(queue.brokerName);
    if (of === undefined) grouped.set(queue.brokerName, [queue]);
    else of.push(queue);
  }
  return grouped;
}

/** The brokers' locks that make one instance the only consumer of a queue of an orderly group (client-behaviour 10). */
export class QueueLocks {
  constructor(
    private readonly client: ClientInstance,
    private readonly group: string,
  ) {}

  /** Asks for locks, or for those that are held to be kept. What the brokers said, by {@link queueKey}. Never rejects. */
  async lock(queues: readonly MessageQueue[]): Promise<Map<string, LockAnswer>> {
    const answers = new Map<string, LockAnswer>();
    await Promise.all(
      [...byBroker(queues)].map(async ([brokerName, mqSet]) => {
        try {
          const body = lockBatchRequestBody.encode(this.#body(mqSet));
          const options = { body, timeoutMs: LOCK_TIMEOUT_MS };
          const answer = await this.client.invokeBroker(brokerName, lockBatchMq, {}, options);
          if (answer.code !== ResponseCode.SUCCESS) return;
          const { lockOKMQSet } = lockBatchResponseBody.decode(answer.body);
          for (const queue of mqSet) answers.set(queueKey(queue), 'refused');
          for (const queue of lockOKMQSet) answers.set(queueKey(queue), 'given');
        } catch (error) {
          const fields = { broker: brokerName, group: this.group, error };
          this.client.logger.debug('a broker did not answer a request for locks', fields);
        }
      }),
    );
    return answers;
  }

  /** Gives locks back without waiting for an answer; a broker that does not hear it lets them expire. Never rejects. */
  async unlock(queues: readonly MessageQueue[]): Promise<void> {
    await Promise.all(
      [...byBroker(queues)].map(async ([brokerName, mqSet]) => {
        const master = this.client.brokers.master(brokerName);
        if (master === undefined) return;
        const body = unlockBatchRequestBody.encode(this.#body(mqSet));
        await this.client.oneway(master, unlockBatchMq, {}, { body }).catch((error: unknown) => {
          const fields = { broker: brokerName, group: this.group, error };
          this.client.logger.debug('giving locks back failed; they expire', fields);
        });
      }),
    );
  }

  #body(mqSet: readonly MessageQueue[]) {
    return { consumerGroup: this.group, clientId: this.client.clientId, mqSet, onlyThisBroker: false };
  }
}
