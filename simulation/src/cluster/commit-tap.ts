import { pullMessage, queryConsumerOffset, ResponseCode, updateConsumerOffset } from '@cometmq/protocol';
import { answerOf, type IncomingRequest, type Processor } from '@cometmq/remoting';
import type { Observer } from '../observations.js';

/** Both name the group, topic and queue in the same way. A pull may bring an offset along. */
type Committing = typeof updateConsumerOffset;

/** Tells after each request that may move a committed offset what the broker holds now, as it says itself. */
export function tellCommits(
  broker: string,
  processors: readonly Processor[],
  nameOf: (host: string) => string,
  observer: Observer,
): readonly Processor[] {
  const query = processors.find(({ definition }) => definition.code === queryConsumerOffset.code)!;
  const ask = (request: IncomingRequest<Committing>): number => {
    const { consumerGroup, topic, queueId } = request.header;
    const header = { consumerGroup, topic, queueId, setZeroIfNotFound: false };
    const answer = answerOf(query, { ...plainRequest(request), header } as never);
    if (answer === undefined || answer instanceof Promise || answer.code !== ResponseCode.SUCCESS) return -1;
    return (answer.header as unknown as { offset: number }).offset;
  };
  return processors.map((processor) => {
    const { definition } = processor;
    if (definition.code !== updateConsumerOffset.code && definition.code !== pullMessage.code) return processor;
    const handle: Processor['handle'] = (incoming) => {
      const request = incoming as unknown as IncomingRequest<Committing>;
      const before = ask(request);
      const reply = processor.handle(incoming);
      const offset = ask(request);
      const { consumerGroup: group, queueId, topic } = request.header;
      const by = offset === before ? undefined : nameOf(request.connection.remote.host);
      if (offset >= 0) observer({ kind: 'committed', by, group, queue: `${broker}/${topic}/${queueId}`, offset });
      return reply;
    };
    return { definition, handle };
  });
}

/** A request's parts as plain properties, to be changed one by one. */
export function plainRequest<D>(request: IncomingRequest<D>): IncomingRequest<D> {
  const { body, command, connection, header, receivedAt } = request;
  const park = () => request.park();
  return { header, body, command, connection, receivedAt, park, later: (make) => request.later(make) };
}
