import { encodeOffsetMessageId, hostBytes } from '@cometmq/protocol';
import { jsonCodec, type MessageView, RejectMessageError } from '@cometmq/sdk';

/** What becomes of a message after its handler. */
export type HandlerOutcome = 'ack' | 'retry' | 'reject';

const OFFSET_ID = encodeOffsetMessageId(hostBytes('127.0.0.1', 10_911), 0);
const BORN = 1_700_000_000_000;

/** A whole message from the parts that a test is about; the rest is as of a first delivery. */
export function messageOf<T>(parts: Partial<MessageView<T>> = {}): MessageView<T> {
  const topic = parts.topic ?? 'test';
  const raw = parts.raw ?? bytesOf(parts.body);
  const message: Omit<MessageView<T>, 'body'> & { body: T | undefined } = {
    topic,
    msgId: '7F000001000100000000000000000001',
    offsetMsgId: OFFSET_ID,
    keys: [],
    queue: { topic, brokerName: 'broker-a', queueId: 0 },
    queueOffset: 0,
    reconsumeTimes: 0,
    bornAt: new Date(BORN),
    storedAt: new Date(BORN),
    bornHost: '127.0.0.1:0',
    properties: {},
    originTopic: topic,
    body: undefined,
    ...parts,
    raw,
  };
  if (!('body' in parts) && parts.raw !== undefined) message.body = jsonCodec.decode(parts.raw, {}) as T;
  return message as MessageView<T>;
}

/**
 * What a consumer would do with the message after this call: a handler that returns `retry()` or throws is `retry`, one that
 * returns `reject()` or throws RejectMessageError is `reject`, everything else is `ack`; of an Observable or an async iterable the
 * end counts. The seam for integrations that put
 * more around a handler.
 */
export async function outcomeOf(call: () => unknown): Promise<HandlerOutcome> {
  try {
    const value = await lastOf(await call());
    const action = typeof value === 'object' && value !== null ? (value as { action?: unknown }).action : undefined;
    return action === 'retry' || action === 'reject' ? action : 'ack';
  } catch (error) {
    return error instanceof RejectMessageError ? 'reject' : 'retry';
  }
}

interface Subscribable {
  subscribe(observer: { next(value: unknown): void; error(error: unknown): void; complete(): void }): unknown;
}

/** The last value of a stream when it has ended; other values as they are. */
async function lastOf(value: unknown): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value;
  let last: unknown;
  if ('subscribe' in value && typeof value.subscribe === 'function') {
    await new Promise<void>((complete, error) => {
      (value as Subscribable).subscribe({ next: (next) => (last = next), error, complete });
    });
    return last;
  }
  if (!(Symbol.asyncIterator in value)) return value;
  for await (const next of value as AsyncIterable<unknown>) last = next;
  return last;
}

function bytesOf(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.from(body instanceof Uint8Array ? body : jsonCodec.encode(body));
}
