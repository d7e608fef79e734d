import { RocketMQ } from '@cometmq/sdk';

/** `node sdk-member.js <namesrv> <topic> <group>`: a consumer whose end comes without a goodbye; tells what it owns and gets. */
const [namesrv = '', topic = '', group = ''] = process.argv.slice(2);

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const client = await RocketMQ.connect({ namesrv });
const consumer = client.pushConsumer({ group, consumeFrom: 'first' });
consumer.subscribe(topic, ({ body }) => say({ body }));
consumer.assignment$.subscribe((queues) => {
  const ids = queues.filter((queue) => queue.topic === topic).map(({ queueId }) => queueId);
  say({ ids: ids.toSorted((a, b) => a - b) });
});
await consumer.start();
