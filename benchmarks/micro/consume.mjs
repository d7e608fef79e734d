// How fast one client process consumes what stands ready in a broker of another process. Needs built packages (npm run build).
//
//   node benchmarks/micro/consume.mjs [--messages N] [--size BYTES] [--queues N] [--kind ws|tcp] [--rounds N] [--only NAME]
//   node --cpu-prof --cpu-prof-dir=DIR benchmarks/micro/consume.mjs --only sync     (profiles the consumer alone)
//
// Each case is a new group that reads the whole topic from its beginning; the figure is messages a second from the first to
// the last one.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RocketMQ } from '@cometmq/sdk';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '400000' },
    size: { type: 'string', default: '1024' },
    queues: { type: 'string', default: '8' },
    kind: { type: 'string', default: 'ws' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    server: { type: 'string' },
  },
});
const MESSAGES = Number(values.messages);
const TOPIC = 'consume-benchmark';

async function serve(storeDir) {
  const { startStandalone } = await import('@cometmq/standalone');
  const brokerProperties = { defaultTopicQueueNums: values.queues };
  const server = await startStandalone({ port: 0, storeDir, brokerProperties });
  process.stdout.write(`ready ${server.namesrv}\n`);
  process.stdin.resume().on('end', () => void server.close().then(() => process.exit(0)));
}

async function main() {
  const storeDir = mkdtempSync(join(tmpdir(), 'cometmq-bench-'));
  const script = fileURLToPath(import.meta.url);
  const server = spawn(process.execPath, [script, '--server', storeDir, '--queues', values.queues], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const address = await new Promise((resolve, reject) => {
      server.stdout.on('data', (text) => resolve(String(text).trim().split(' ')[1]));
      server.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
    const mq = await RocketMQ.connect({ namesrv: `${values.kind}://${address}` });
    await fill(mq);
    const wanted =
      cases[values.only] === undefined ? (name) => name.includes(values.only) : (name) => name === values.only;
    for (const [name, run] of Object.entries(cases)) if (wanted(name)) await measure(mq, name, run);
    await mq.close();
  } finally {
    server.stdin.end();
    await new Promise((resolve) => server.once('exit', resolve));
    rmSync(storeDir, { recursive: true, force: true });
  }
}

async function fill(mq) {
  const producer = mq.producer();
  const body = Buffer.alloc(Number(values.size), 'x');
  const batch = Array.from({ length: 100 }, () => ({ topic: TOPIC, body }));
  // The first one makes the topic; the queues stand in its route a little later.
  await producer.send(TOPIC, body);
  let sent = 1;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (sent < MESSAGES) {
        sent += batch.length;
        await producer.sendBatch(batch);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`${sent} messages of ${values.size} B sent, ${Math.round(sent / seconds)} a second`);
  await producer.close();
}

const noop = () => {};
const cases = {
  sync: (mq, group, seen) => callback(mq, { group }, seen),
  'sync, body read as bytes': (mq, group, seen) => callback(mq, { group }, (message) => (message.body.length, seen())),
  async: (mq, group, seen) => callback(mq, { group }, async () => seen()),
  'async over a turn': (mq, group, seen) =>
    callback(mq, { group, concurrency: 256 }, () => new Promise((done) => setImmediate(() => done(seen())))),
  batch: (mq, group, seen) => {
    const consumer = mq.pushConsumer({ group, consumeFrom: 'first', batch: { size: 32 } });
    consumer.subscribeBatch(TOPIC, (messages) => messages.forEach(seen));
    return consumer.start().then(() => () => consumer.close());
  },
  orderly: (mq, group, seen) => callback(mq, { group, mode: 'orderly' }, seen),
  stream: async (mq, group, seen) => {
    const consumer = mq.pushConsumer({ group, consumeFrom: 'first' });
    const subscription = consumer.messages(TOPIC, { maxInFlight: 256 }).subscribe((delivery) => {
      delivery.ack();
      seen();
    });
    return async () => {
      subscription.unsubscribe();
      await consumer.close();
    };
  },
  iterator: async (mq, group, seen) => {
    const consumer = mq.pushConsumer({ group, consumeFrom: 'first' });
    const reading = (async () => {
      for await (const delivery of consumer.deliveries(TOPIC, { maxInFlight: 256 })) {
        delivery.ack();
        seen();
      }
    })();
    return async () => {
      await consumer.close();
      await reading;
    };
  },
  poll: async (mq, group, seen) => {
    const consumer = mq.pullConsumer({ group, consumeFrom: 'first', subscriptions: [TOPIC] });
    let open = true;
    const reading = (async () => {
      while (open) for (const message of await consumer.poll({ max: 500, timeoutMs: 100 })) seen(message);
    })();
    return async () => {
      open = false;
      await reading;
      await consumer.close();
    };
  },
};

async function callback(mq, options, handler) {
  const consumer = mq.pushConsumer({ consumeFrom: 'first', ...options });
  consumer.subscribe(TOPIC, handler);
  await consumer.start();
  return () => consumer.close();
}

async function measure(mq, name, run) {
  const rates = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    let count = 0;
    let first = 0;
    let done = noop;
    const all = new Promise((resolve) => (done = resolve));
    const seen = () => {
      count += 1;
      if (count === 1) first = performance.now();
      else if (count === MESSAGES) done(performance.now());
    };
    const before = process.cpuUsage();
    const stop = await run(mq, `bench-${name.replaceAll(/\W/g, '-')}-${round}`, seen);
    const last = await all;
    const used = process.cpuUsage(before);
    rates.push({
      rate: Math.round(MESSAGES / ((last - first) / 1000)),
      cpu: ((used.user + used.system) / MESSAGES).toFixed(2),
    });
    await stop();
  }
  console.log(`${name.padEnd(26)} ${rates.map(({ rate, cpu }) => `${rate}/s (${cpu} us cpu)`).join('  ')}`);
}

if (values.server === undefined) await main();
else await serve(values.server);
