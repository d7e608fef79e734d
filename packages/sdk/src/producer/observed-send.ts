import type { ClientInstance } from '../client/client-instance.js';
import { RocketMQError } from '../client/errors.js';
import type { OutgoingMessage, SendResult } from '../message/outgoing-message.js';

/** A send with what others want to know of it around it: the user's hook outermost, then the tracing channel, then metrics. */
export function observedSend(
  instance: Pick<ClientInstance, 'hooks' | 'metrics' | 'tracing' | 'clock'>,
  group: string,
  message: OutgoingMessage,
  send: (message: OutgoingMessage) => Promise<SendResult>,
): Promise<SendResult> {
  const measured = (sent: OutgoingMessage) => measure(instance, group, sent, send);
  const traced = (sent: OutgoingMessage) => {
    const channel = instance.tracing?.send;
    return channel?.heard === true ? channel.trace(() => measured(sent), { group, message: sent }) : measured(sent);
  };
  return instance.hooks?.send === undefined ? traced(message) : instance.hooks.send(message, traced);
}

async function measure(
  { metrics, clock }: Pick<ClientInstance, 'metrics' | 'clock'>,
  group: string,
  message: OutgoingMessage,
  send: (message: OutgoingMessage) => Promise<SendResult>,
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
