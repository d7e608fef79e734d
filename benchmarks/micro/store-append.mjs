// How fast the store takes and gives back messages, alone: no network, no broker. Needs built packages (npm run build).
//
//   node benchmarks/micro/store-append.mjs [--dir DIRECTORY] [--seconds N] [--only NAME]
//
// put: a fixed number of puts is in flight; each one that is answered starts the next. read: batches of 32 from the
// newest part of the log (memory), and from a part that has left memory.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { hostBytes } from '@cometmq/protocol';
import { silentLogger } from '@cometmq/runtime';
import { nodePorts } from '@cometmq/runtime/node';
import { openMessageStore } from '@cometmq/store';

const { values } = parseArgs({
  options: {
    dir: { type: 'string', default: tmpdir() },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
  },
});
const SECONDS = Number(values.seconds);
const MiB = 1 << 20;

const cases = [
  { name: 'put 128 B async, 256 in flight', body: 128, inFlight: 256, run: puts },
  { name: 'put 1 KiB async, 256 in flight', body: 1024, inFlight: 256, run: puts },
  { name: 'put 1 KiB async, 256 in flight, no index', body: 1024, inFlight: 256, messageIndexEnable: false, run: puts },
  { name: 'put 1 KiB async, 256 in flight, 256 queues', body: 1024, inFlight: 256, queues: 256, run: puts },
  { name: 'put 1 KiB async, 1 in flight', body: 1024, inFlight: 1, run: puts },
  { name: 'put 1 KiB sync, 32 in flight', body: 1024, inFlight: 32, flushDiskType: 'SYNC_FLUSH', run: puts },
  { name: 'put 1 KiB sync, 1 in flight', body: 1024, inFlight: 1, flushDiskType: 'SYNC_FLUSH', run: puts },
  { name: 'read 32 x 1 KiB from memory', body: 1024, inFlight: 256, run: hotReads },
  { name: 'read 32 x 1 KiB from disk (page cache)', body: 1024, inFlight: 256, run: coldReads },
];

for (const test of cases.filter(({ name }) => name.includes(values.only))) {
  const directory = mkdtempSync(join(values.dir, 'cometmq-bench-'));
  try {
    console.log(`${test.name.padEnd(44)} ${await test.run(test, directory)}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function open(test, directory) {
  const store = openMessageStore(
    {
      storePathRootDir: directory,
      storeHost: hostBytes('127.0.0.1', 10911),
      mappedFileSizeCommitLog: 256 * MiB,
      flushDiskType: test.flushDiskType ?? 'ASYNC_FLUSH',
      messageIndexEnable: test.messageIndexEnable ?? true,
      fileReservedTime: 0,
    },
    nodePorts({ logger: silentLogger }),
  );
  await store.start();
  return store;
}

function message(test, number, body) {
  return {
    topic: 'BenchmarkTopic',
    queueId: number % (test.queues ?? 8),
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1_700_000_000_000,
    bornHost: hostBytes('127.0.0.1', 50_000),
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body,
    properties: `UNIQ_KEY\u00017F0000010000000000000000${uniqueDigits(number)}\u0002CLUSTER\u0001DefaultCluster\u0002WAIT\u0001true\u0002TAGS\u0001TagA\u0002`,
  };
}

/** Spreads keys over the slots of the index. */
function uniqueDigits(number) {
  return number.toString(16).toUpperCase().padStart(8, '0');
}

/** Puts until `more` says no; calls `each` after each answer. */
function putWhile(store, test, more) {
  const body = Buffer.alloc(test.body, 0x61);
  const messages = Array.from({ length: 1 << 16 }, (_, number) => message(test, number, body));
  const mask = messages.length - 1;
  let count = 0;
  let running = 0;
  return new Promise((resolve, reject) => {
    const next = () => {
      if (!more(count)) {
        if (running === 0) resolve(count);
        return;
      }
      running++;
      store.put(messages[count++ & mask]).then((result) => {
        running--;
        if (result.status !== 'PUT_OK') reject(new Error(`${result.status}: ${result.reason}`));
        next();
      }, reject);
    };
    for (let each = 0; each < test.inFlight; each++) next();
  });
}

async function puts(test, directory) {
  const store = await open(test, directory);
  const cleaner = setInterval(() => void store.deleteExpired(), 200);
  await putWhile(store, test, (count) => count < 20_000 / (test.flushDiskType ? 10 : 1));
  const watch = stopwatch();
  const end = watch.started + SECONDS * 1000;
  const count = await putWhile(store, test, () => performance.now() < end);
  const result = watch.stop(count, 'puts');
  clearInterval(cleaner);
  await store.close();
  return result;
}

async function hotReads(test, directory) {
  const store = await open(test, directory);
  await putWhile(store, { ...test, queues: 1 }, (count) => count < 30_000);
  const watch = stopwatch();
  let records = 0;
  let offset = 28_000;
  let async = 0;
  while (performance.now() - watch.started < SECONDS * 1000) {
    for (let round = 0; round < 100; round++) {
      let result = store.read({ topic: 'BenchmarkTopic', queueId: 0, offset, maxMessages: 32, maxBytes: MiB });
      if (result instanceof Promise) {
        async++;
        result = await result;
      }
      records += result.records.length;
      offset = result.nextOffset >= 29_900 ? 28_000 : result.nextOffset;
    }
  }
  const result = watch.stop(records, 'records');
  await store.close();
  return `${result}${async > 0 ? ` (${async} reads not from memory)` : ''}`;
}

async function coldReads(test, directory) {
  const store = await open(test, directory);
  await putWhile(store, { ...test, queues: 1 }, (count) => count < 160_000);
  const watch = stopwatch();
  let records = 0;
  let offset = 0;
  while (performance.now() - watch.started < SECONDS * 1000) {
    const result = await store.read({ topic: 'BenchmarkTopic', queueId: 0, offset, maxMessages: 32, maxBytes: MiB });
    records += result.records.length;
    offset = result.nextOffset >= 80_000 ? 0 : result.nextOffset;
  }
  const result = watch.stop(records, 'records');
  await store.close();
  return result;
}

/** Wall time is what one gets; processor time is what it costs, and tells more on a machine with other work. */
function stopwatch() {
  const started = performance.now();
  const cpu = process.cpuUsage();
  return {
    started,
    stop(count, what) {
      const seconds = (performance.now() - started) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      return `${perSecond(count, seconds, what)}   ${((user + system) / count).toFixed(2)} us of processor`;
    },
  };
}

function perSecond(count, seconds, what) {
  const each = (seconds * 1e6) / count;
  return `${Math.round(count / seconds)
    .toLocaleString('en')
    .padStart(11)} ${what}/s   ${each.toFixed(2)} us each`;
}
