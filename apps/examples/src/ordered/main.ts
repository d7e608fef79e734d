// Everything of one customer in order, customers in parallel; a failure makes its queue wait. `npm run example -- ordered`
import { RocketMQ } from '@cometmq/sdk';
import { until, withServer } from '../example-server.js';

const CUSTOMERS = ['ada', 'bob', 'cyd'];
const STEPS = ['created', 'paid', 'packed', 'shipped'];

await withServer(async (namesrv) => {
  await using mq = await RocketMQ.connect({ namesrv });
  const seen = new Map<string, string[]>(CUSTOMERS.map((customer) => [customer, []]));
  let failures = 0;

  const consumer = mq.pushConsumer({ group: 'fulfilment', mode: 'orderly', consumeFrom: 'first', suspendMs: 100 });
  consumer.subscribe<{ customer: string; step: string }>('order-steps', ({ body }) => {
    if (body.customer === 'bob' && body.step === 'paid' && failures < 2) {
      failures += 1;
      throw new Error('the payment service does not answer');
    }
    seen.get(body.customer)!.push(body.step);
    console.log(`${body.customer}: ${seen.get(body.customer)!.join(' → ')}`);
  });
  await consumer.start();

  const producer = mq.producer();
  for (const step of STEPS) {
    for (const customer of CUSTOMERS) await producer.send('order-steps', { customer, step }, { shardingKey: customer });
  }
  await until('everybody is served', () => [...seen.values()].every((steps) => steps.length === STEPS.length));
  for (const [customer, steps] of seen)
    if (steps.join() !== STEPS.join()) throw new Error(`${customer} was served out of order: ${steps.join()}`);
});
