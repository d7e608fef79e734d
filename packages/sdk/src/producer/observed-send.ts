import type { ClientInstance } from '../client/client-instance.js';
import { RocketMQError } from '../client/errors.js';
import type { OutgoingMessage, SendResult } from '../message/outgoing-message.js';

type Observers = Pick<ClientInstance, 'hooks' | 'metrics' | 'tracing' | 'clock'>;
type Next<T> = (message: OutgoingMessage) => Promise<T>;

/** Whether anybody wants to know of sends. */
export function isObserved({ hooks, metrics, tracing }: Observers): boolean {
  return hooks?.send !== undefined || metrics !== undefined || tracing?.send.heard === true;
}

/** A send with what others want to know of it around it: the user's hook outermost, then the tracing channel, then metrics. */
export function observedSend(
  instance: Observers,
  group: string,
  message: OutgoingMessage,
  send: Next<SendResult>,
): Promise<SendResult> {
  const measured = (sent: OutgoingMessage) => measure(instance, group, sent, send);
  const traced = (sent: OutgoingMessage) => {
    const channel = instance.tracing?.send;
    return channel?.heard === true ? channel.trace(() => measured(sent), { group, message: sent }) : measured(sent);
  };
  return instance.hooks?.send === undefined ? traced(message) : instance.hooks.send(message, traced);
}

/** Every message of a batch is observed; the batch leaves when all hooks have let their messages through, or held them back. */
export async function observedBatch(
  instance: Observers,
  group: string,
  messages: readonly OutgoingMessage[],
  send: (messages: readonly OutgoingMessage[]) => Promise<SendResult[]>,
): Promise<SendResult[]> {
  const joined = new Map<number, OutgoingMessage>();
  const arrived = new Set<number>();
  let leave!: () => void;
  const sent = new Promise<void>((resolve) => (leave = resolve)).then(() => sendJoined(joined, send));
  // Every message tells of a failure itself.
  sent.catch(() => {});
  const arrive = (index: number) => {
    if (arrived.add(index).size === messages.length) leave();
  };
  if (messages.length === 0) leave();
  const outcomes = await Promise.allSettled(
    messages.map(async (message, index) => {
      const join: Next<SendResult> = async (changed) => {
        if (arrived.has(index))
          throw new RocketMQError('INVALID_ARGUMENT', 'a hook sends its message once, before it resolves');
        joined.set(index, changed);
        arrive(index);
        return (await sent).get(index)!;
      };
      try {
        return await observedSend(instance, group, message, join);
      } finally {
        arrive(index);
      }
    }),
  );
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

async function sendJoined(
  joined: ReadonlyMap<number, OutgoingMessage>,
  send: (messages: readonly OutgoingMessage[]) => Promise<SendResult[]>,
): Promise<Map<number, SendResult>> {
  const indexes = [...joined.keys()].toSorted((one, two) => one - two);
  const results = await send(indexes.map((index) => joined.get(index)!));
  return new Map(indexes.map((index, at) => [index, results[at]!]));
}

/** A send without an answer: hooks get a result that names no place, as nobody has told one. */
export async function observedOneway(
  instance: Observers,
  group: string,
  message: OutgoingMessage,
  send: Next<void>,
): Promise<void> {
  await observedSend(instance, group, message, async (sent) => {
    await send(sent);
    const queue = { topic: sent.topic, brokerName: '', queueId: -1 };
    return { status: 'SEND_OK', msgId: '', offsetMsgId: '', queue, queueOffset: -1 };
  });
}

async function measure(
  { metrics, clock }: Pick<Observers, 'metrics' | 'clock'>,
  group: string,
  message: OutgoingMessage,
  send: Next<SendResult>,
): Promise<SendResult> {
  if (metrics === undefined) return send(message);
  const startedAt = clock.monotonic();
  let outcome = 'SEND_OK';
  try {
    const result = await send(message);
    outcome = result.status;
    return result;
  } catch (error) {
    outcome = error instanceof RocketMQError ? error.code : 'ERROR';
    throw error;
  } finally {
    const labels = { topic: message.topic, group, outcome };
    metrics.count('rocketmq_client_sends_total', 1, labels);
    metrics.time('rocketmq_client_send_ms', clock.monotonic() - startedAt, labels);
  }
}
