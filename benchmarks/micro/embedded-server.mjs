// What the embedded server of tests costs: start and stop, hours of retries. Needs built packages (npm run build).
//
//   node benchmarks/micro/embedded-server.mjs [--rounds N]
//
// Figures are ms of one process after its imports; `first` is the first round (nothing is compiled yet), then the median and the
// least of all rounds. Processor time stands beside it: on a shared machine it is the steadier one.
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { EmbeddedRocketMQ } from '@cometmq/standalone/testing';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const ROUNDS = Number(values.rounds);

const processorMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function timed(run) {
  const [wallAt, processorAt] = [performance.now(), processorMs()];
  await run();
  return { wall: performance.now() - wallAt, processor: processorMs() - processorAt };
}

/** Times what `measured` does, between `before` and `after`. */
async function measure(name, round) {
  const results = [];
  for (let index = 0; index < ROUNDS; index += 1) results.push(await round());
  const line = ['wall', 'processor'].map((kind) => {
    const all = results.map((result) => result[kind]);
    const sorted = all.toSorted((a, b) => a - b);
    const show = (ms) => ms.toFixed(1);
    return `${kind} first ${show(all[0])}, median ${show(sorted[ROUNDS >> 1])}, least ${show(sorted[0])}`;
  });
  console.log(`${name.padEnd(38)} ms: ${line.join('; ')}`);
}

async function withFailingConsumer(run) {
  const server = await EmbeddedRocketMQ.start();
  const mq = await server.connect();
  let attempts = 0;
  const consumer = mq.pushConsumer({ group: 'billing' });
  consumer.subscribe('orders', () => {
    attempts += 1;
    throw new Error('never');
  });
  await consumer.start();
  await mq.producer().send('orders', { id: 1 });
  await server.idle();
  const result = await run(server);
  const dead = (await server.deadLetters('billing')).length;
  if (attempts !== 17 || dead !== 1) throw new Error(`${attempts} attempts, ${dead} dead letters`);
  await server.stop();
  return result;
}

await measure('start and stop', () =>
  timed(async () => {
    const server = await EmbeddedRocketMQ.start();
    await server.stop();
  }),
);
await measure('sixteen retries to the dead letters', () =>
  withFailingConsumer((server) => timed(() => server.advance('4h 46m'))),
);
await measure('a test: start, send, consume, stop', () =>
  timed(async () => {
    const server = await EmbeddedRocketMQ.start();
    const mq = await server.connect();
    const consumer = mq.pushConsumer({ group: 'billing' });
    consumer.subscribe('orders', () => {});
    await consumer.start();
    await mq.producer().send('orders', { id: 1 });
    await server.idle();
    await server.stop();
  }),
);
await measure('ten thousand messages through', () =>
  timed(async () => {
    const server = await EmbeddedRocketMQ.start();
    const mq = await server.connect();
    let seen = 0;
    const consumer = mq.pushConsumer({ group: 'billing' });
    consumer.subscribe('orders', () => void (seen += 1));
    await consumer.start();
    const producer = mq.producer();
    for (let at = 0; at < 10_000; at += 250)
      await Promise.all(Array.from({ length: 250 }, (_, id) => producer.send('orders', { id: at + id })));
    await server.idle();
    if (seen !== 10_000) throw new Error(`${seen} messages`);
    await server.stop();
  }),
);
