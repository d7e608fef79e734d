import { RocketMQError } from '@cometmq/sdk';
import { until, ok, equal } from './checks.js';
import type { Environment } from './environment.js';

export async function tabs({ connect, name, driver }: Environment): Promise<void> {
  const mq = await connect();
  for (let n = 0; n < 4; n++) await mq.producer().send(name('t'), n);
  const consumer = mq.pushConsumer({ group: name('g'), consumeFrom: 'first' });
  const got = new Set<unknown>();
  let owned = 0;
  consumer.subscribe(name('t'), ({ body }) => void got.add(body));
  consumer.assignment$.subscribe((queues) => (owned = queues.filter(({ topic }) => topic === name('t')).length));
  await consumer.start();
  await until('all queues', () => owned === 4);
  await driver.openTab(name('t'), name('g'));
  await until('half of the queues', () => owned === 2);
  await driver.closeTab();
  await until('all queues again', () => owned === 4);
  for (let n = 4; n < 12; n++) await mq.producer().send(name('t'), n);
  await until('what was sent since', () => [4, 5, 6, 7, 8, 9, 10, 11].every((n) => got.has(n)));
}

export async function restarts({ connect, name, driver }: Environment): Promise<void> {
  const mq = await connect({ heartbeatIntervalMs: 1000 });
  const states: string[] = [];
  mq.status$.subscribe(({ state }) => states.push(state));
  const producer = mq.producer();
  const got = new Set<unknown>();
  const consumer = mq.pushConsumer({ group: name('g'), consumeFrom: 'first' });
  consumer.subscribe(name('t'), ({ body }) => void got.add(body));
  await consumer.start();
  for (let n = 0; n < 5; n++) await producer.send(name('t'), n);
  await until('what was sent before', () => got.size === 5);
  await driver.stopServer();
  await until('the loss is seen', () => states.at(-1) !== 'connected');
  const refused = await producer.send(name('t'), 'lost', { timeoutMs: 1500 }).then(
    () => undefined,
    (error: unknown) => error,
  );
  ok('a send fails and may be tried again', refused instanceof RocketMQError && refused.retryable);
  await driver.startServer();
  await until('the connection is back', () => states.at(-1) === 'connected');
  for (let n = 5; n < 10; n++)
    await until('a send works again', () =>
      producer.send(name('t'), n).then(
        () => true,
        () => false,
      ),
    );
  await until('what was sent after', () => [5, 6, 7, 8, 9].every((n) => got.has(n)));
  await mq.close();
  equal('at the end', states.at(-1), 'closed');
}
