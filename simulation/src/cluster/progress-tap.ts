import {
  lockBatchMq,
  lockBatchRequestBody,
  lockBatchResponseBody,
  pullMessage,
  queryConsumerOffset,
  ResponseCode,
  unlockBatchMq,
  unlockBatchRequestBody,
  updateConsumerOffset,
} from '@cometmq/protocol';
import { answerOf, type IncomingRequest, LATER, type Processor } from '@cometmq/remoting';
import type { Clock } from '@cometmq/runtime';
import type { Observer } from '../observations.js';

/** Both name the group, topic and queue in the same way. A pull may bring an offset along. */
type Committing = typeof updateConsumerOffset;

/** Brokers give a lock away when it was not renewed for so long (broker-semantics, section 6). */
const LOCK_MAX_LIVE_TIME_MS = 60_000;

/** What the taps of a broker need. */
export interface TapPorts {
  /** Of the broker. */
  readonly broker: string;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly observer: Observer;
  /** The program on a host. */
  nameOf(host: string): string;
}

/** Tells after each request that may move a committed offset what the broker holds now, as it says itself; and who has locks. */
export function tellProgress(processors: readonly Processor[], ports: TapPorts): readonly Processor[] {
  const query = processors.find(({ definition }) => definition.code === queryConsumerOffset.code)!;
  return processors.map((processor) => {
    const { definition } = processor;
    const { code } = definition;
    if (code === updateConsumerOffset.code || code === pullMessage.code)
      return { definition, handle: tellCommits(processor, query, ports) };
    if (code === lockBatchMq.code || code === unlockBatchMq.code)
      return { definition, handle: tellLocks(processor, code === lockBatchMq.code, ports) };
    return processor;
  });
}

function tellCommits(processor: Processor, query: Processor, ports: TapPorts): Processor['handle'] {
  const ask = (request: IncomingRequest<Committing>): number => {
    const { consumerGroup, topic, queueId } = request.header;
    const header = { consumerGroup, topic, queueId, setZeroIfNotFound: false };
    const answer = answerOf(query, { ...plainRequest(request), header } as never);
    if (answer === undefined || answer instanceof Promise || answer.code !== ResponseCode.SUCCESS) return -1;
    return (answer.header as unknown as { offset: number }).offset;
  };
  return (incoming) => {
    const request = incoming as unknown as IncomingRequest<Committing>;
    const before = ask(request);
    const reply = processor.handle(incoming);
    const offset = ask(request);
    const { consumerGroup: group, queueId, topic } = request.header;
    const by = offset === before ? undefined : ports.nameOf(request.connection.remote.host);
    const queue = `${ports.broker}/${topic}/${queueId}`;
    if (offset >= 0) ports.observer({ kind: 'committed', by, group, queue, offset, atMs: ports.clock.monotonic() });
    return reply;
  };
}

/** Those that were given, or that are given back. */
function tellLocks(processor: Processor, gives: boolean, ports: TapPorts): Processor['handle'] {
  return (request) => {
    const reply = processor.handle(request);
    if (reply === undefined || reply === LATER || reply instanceof Promise || reply.code !== ResponseCode.SUCCESS)
      return reply;
    const member = ports.nameOf(request.connection.remote.host);
    const asked = gives ? lockBatchRequestBody.decode(request.body) : unlockBatchRequestBody.decode(request.body);
    const queues = gives ? lockBatchResponseBody.decode(reply.body as Uint8Array).lockOKMQSet : asked.mqSet;
    const untilMs = gives ? ports.clock.monotonic() + LOCK_MAX_LIVE_TIME_MS : 0;
    for (const { brokerName, queueId, topic } of queues) {
      const queue = `${brokerName}/${topic}/${queueId}`;
      ports.observer({ kind: 'locked', group: asked.consumerGroup, queue, member, untilMs });
    }
    return reply;
  };
}

/** A request's parts as plain properties, to be changed one by one. */
export function plainRequest<D>(request: IncomingRequest<D>): IncomingRequest<D> {
  const { body, command, connection, header, receivedAt } = request;
  const park = () => request.park();
  return { header, body, command, connection, receivedAt, park, later: (make) => request.later(make) };
}
