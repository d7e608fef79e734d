import type { PushConsumerOptions } from '../../src/consumer/consumer-options.js';
import type { HandlerContext } from '../../src/consumer/handler.js';
import type { PushConsumer } from '../../src/consumer/push-consumer.js';
import type { MessageView } from '../../src/message/message-view.js';
import { BROKER, type VirtualClient, type VirtualCluster } from './virtual-cluster.js';

export const queue = { topic: 'orders', brokerName: BROKER, queueId: 0 };

export type Handler = (message: MessageView, context: HandlerContext) => unknown;

/** An orderly consumer of the topic `orders` that runs. */
export async function consume(
  cluster: VirtualCluster,
  client: VirtualClient,
  handler: Handler,
  options: Partial<PushConsumerOptions> = {},
): Promise<PushConsumer> {
  const consumer = client.mq.pushConsumer({ group: 'g', mode: 'orderly', consumeFrom: 'first', ...options });
  consumer.subscribe('orders', handler as () => undefined);
  await cluster.run(consumer.start());
  return consumer;
}

/** Resolves by the clock of the client's own program: a dead one does nothing more. */
export const pause = (client: VirtualClient, ms: number): Promise<void> =>
  new Promise<void>((resolve) => void client.host.clock.schedule(ms, resolve));
