import type { RequestDefinition } from '@cometmq/protocol';
import { type IncomingRequest, LATER, type Processor, type Reply } from './processor.js';

type AnyReply = Reply<RequestDefinition> | undefined;

/** What a processor answers in the end: for those that stand around another one. */
export function answerOf(inner: Processor, request: IncomingRequest<RequestDefinition>): AnyReply | Promise<AnyReply> {
  let settle: (reply: AnyReply) => void;
  let fail: (error: unknown) => void;
  const late = new Promise<AnyReply>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  const { header, body, command, connection, receivedAt } = request;
  const asked: IncomingRequest<RequestDefinition> = {
    header,
    body,
    command,
    connection,
    receivedAt,
    park: () => request.park(),
    later: (make) => (value) => {
      try {
        settle(make(value));
      } catch (error) {
        fail(error);
      }
    },
  };
  const handled = inner.handle(asked);
  if (handled === LATER) return late;
  return handled instanceof Promise ? handled.then((reply) => (reply === LATER ? late : reply)) : handled;
}
