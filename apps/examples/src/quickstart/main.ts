// Send a few messages, receive them. `npm run example -- quickstart`
import { RocketMQ } from '@cometmq/sdk';
import { until, withServer } from '../example-server.js';

interface Order {
  readonly id: number;
  readonly total: number;
}

await withServer(async (namesrv) => {
  await using mq = await RocketMQ.connect({ namesrv });

  const consumer = mq.pushConsumer({ group: 'billing', consumeFrom: 'first' });
  const received: number[] = [];
  consumer.subscribe<Order>('orders', (message) => {
    console.log(`order ${message.body.id} for ${message.body.total} from queue ${message.queue.queueId}`);
    received.push(message.body.id);
  });
  await consumer.start();

  const producer = mq.producer();
  for (let id = 1; id <= 5; id += 1) {
    const { msgId } = await producer.send<Order>(
      'orders',
      { id, total: id * 10 },
      { tags: 'created', keys: String(id) },
    );
    console.log(`sent order ${id} as ${msgId}`);
  }
  await until('all orders are billed', () => received.length === 5);
});
