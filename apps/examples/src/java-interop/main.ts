// The official Java client and this SDK on the same topics. Needs a JDK and Maven. `npm run example -- java-interop`
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { RocketMQ } from '@cometmq/sdk';
import { until, withServer } from '../example-server.js';

interface Invoice {
  readonly order: string;
  readonly invoice: { readonly total: number };
}

// Compiled, this file stands in dist; the Java sources are where they were written.
const sources = fileURLToPath(new URL('../../src/java-interop/', import.meta.url));
const jars = fileURLToPath(new URL('./jars/', import.meta.url));

for (const [command, option] of [
  ['javac', '-version'],
  ['mvn', '-version'],
] as const) {
  if (spawnSync(command, [option], { stdio: 'ignore' }).status !== 0) {
    console.error(`${command} is not installed. On Debian: apt-get install openjdk-17-jdk-headless maven`);
    process.exit(2);
  }
}

if (!existsSync(jars)) {
  console.log('fetching the Java client (the first time only)');
  const { status } = spawnSync(
    'mvn',
    ['-q', '-B', '-f', `${sources}pom.xml`, 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`],
    { stdio: 'inherit' },
  );
  if (status !== 0) throw new Error('Maven could not fetch the Java client');
}

/** Starts the Java service; resolves when it listens. */
async function startBilling(namesrv: string): Promise<ChildProcess> {
  // A Java client that starts beside others may look for its queues too early; by default the next look is 20 s later.
  const options = ['-Xmx256m', '-Drocketmq.client.rebalance.waitInterval=1000'];
  const java = spawn('java', [...options, '-cp', `${jars}*`, `${sources}Billing.java`, namesrv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: java.stdout }).on('line', (line) => {
      console.log(line);
      if (line.endsWith('ready')) resolve();
    });
    java.once('error', reject).once('exit', (code) => reject(new Error(`the Java service ended with ${code}`)));
  });
  return java;
}

await withServer(async (namesrv) => {
  await using mq = await RocketMQ.connect({ namesrv });
  const producer = mq.producer();
  for (const [id, total] of [
    ['a-1', 12],
    ['a-2', 30],
    ['a-3', 7],
  ] as const) {
    await producer.send('java-orders', { total }, { tags: 'created', keys: id, properties: { customer: 'Ada' } });
    console.log(`  Node:  order ${id} sent`);
  }

  const totals = new Map<string, number>();
  const consumer = mq.pushConsumer({ group: 'mail', consumeFrom: 'first' });
  consumer.subscribe<Invoice>({ topic: 'java-invoices', filter: 'invoice' }, ({ body }) => {
    totals.set(body.order, body.invoice.total);
    console.log(`  Node:  invoice for order ${body.order} over ${body.invoice.total}`);
  });
  await consumer.start();

  // Java speaks TCP to the port that the SDK speaks WebSocket to. The orders have waited for it.
  const java = await startBilling(namesrv.replace(/^\w+:\/\//, ''));
  try {
    await until('Java has invoiced every order', () => totals.size === 3);
    console.log(`three invoices over ${[...totals.values()].reduce((sum, total) => sum + total, 0)}`);
  } finally {
    java.kill();
    if (java.exitCode === null) await new Promise((resolve) => java.once('exit', resolve));
  }
});
