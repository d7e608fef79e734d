import { type MessageQueue, type MessageView, type RocketMQ, RocketMQError } from '@cometmq/sdk';

export const queueZero = { queue: (queues: readonly MessageQueue[]) => queues[0]! };

/** The first messages of a topic, read by a group of its own. */
export async function received(
  mq: RocketMQ,
  topic: string,
  count: number,
  identity: (message: MessageView) => unknown = ({ msgId }) => msgId,
): Promise<MessageView[]> {
  const got = new Map<unknown, MessageView>();
  const consumer = mq.pushConsumer({ group: `reader-${topic.replace(/^%DLQ%/, 'dead-')}`, consumeFrom: 'first' });
  consumer.subscribe(topic, (message) => void got.set(identity(message), message));
  await consumer.start();
  await until(`${count} messages of ${topic}`, () => got.size >= count);
  await consumer.close();
  return [...got.values()];
}

export const recordOf = (message: MessageView | undefined): Uint8Array =>
  (message as unknown as { readonly record: { readonly body: Uint8Array } }).record.body;

export async function codeOf(call: Promise<unknown> | (() => Promise<unknown>)): Promise<string> {
  try {
    await (typeof call === 'function' ? call() : call);
    return 'ok';
  } catch (error) {
    return error instanceof RocketMQError ? error.code : String(error);
  }
}

/** Bytes that cannot be compressed. */
export function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let n = 0, x = 1; n < length; n++) {
    x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0;
    bytes[n] = x >>> 24;
  }
  return bytes;
}

export const sorted = (values: Iterable<unknown>): string => [...new Set([...values].map(String))].toSorted().join();

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`gave up waiting for ${what}`);
    await pause(10);
  }
}

export function ok(what: string, holds: boolean): void {
  if (!holds) throw new Error(`${what}: no`);
}

export function equal(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: ${String(actual)} instead of ${String(expected)}`);
}
