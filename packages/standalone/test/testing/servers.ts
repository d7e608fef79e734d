import { afterEach } from 'vitest';
import type { MessageHandler, PushConsumerOptions, RocketMQ } from '@cometmq/sdk';
import type { EmbeddedOptions } from '../../src/testing/embedded-options.js';
import { EmbeddedRocketMQ } from '../../src/testing/embedded-rocketmq.js';

/** Starts servers and stops them after each test. */
export function embeddedServers(): (options?: EmbeddedOptions) => Promise<EmbeddedRocketMQ> {
  const servers: EmbeddedRocketMQ[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });
  return async (options) => {
    const server = await EmbeddedRocketMQ.start(options);
    servers.push(server);
    return server;
  };
}

/** A running consumer of one topic. */
export async function consume<T>(
  mq: RocketMQ,
  topic: string,
  handler: MessageHandler<T>,
  options: Partial<PushConsumerOptions> = {},
): Promise<void> {
  const consumer = mq.pushConsumer({ group: 'billing', ...options });
  consumer.subscribe<T>(topic, handler);
  await consumer.start();
}

export interface Order {
  readonly id: number;
}

/** Sends orders 1 to `count`, one after the other. */
export async function sendOrders(mq: RocketMQ, count: number, topic = 'orders'): Promise<void> {
  const producer = mq.producer();
  for (let id = 1; id <= count; id += 1) await producer.send<Order>(topic, { id }, { keys: `order-${id}` });
}

export const ids = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
