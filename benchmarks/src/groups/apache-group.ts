import { createTopic } from '@cometmq/conformance/dist/topic-seed.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoadProcess } from '../load/load-process.js';
import { startApache } from '../servers/apache.js';
import type { BenchServer, Flush } from '../servers/bench-server.js';
import { startComet } from '../servers/comet.js';
import { eventLoopDelayMs } from '../servers/event-loop-delay.js';
import { alternate } from '../statistics.js';
import type { BenchContext } from './bench-context.js';
import { type Contestant, runConsumeCase, runSendCase, type SendCase, topicOf } from './contestant.js';

const kinds = [
  { name: 'comet', start: startComet },
  { name: 'apache', start: startApache },
] as const;

const consumeCase = { id: 'apache/consume-1024', size: 1024, width: 20 };
const startUp = 'apache/start-up';
const memoryIdle = 'apache/memory-idle';
const memoryLoaded = 'apache/memory-loaded';
const loopDelay = 'apache/event-loop-delay-p999';

function asyncFlushCases(sizes: readonly number[]): SendCase[] {
  return sizes.flatMap((size) => [
    ...[1, 8, 32].map((width): SendCase => ({ id: `apache/sync-${width}-${size}`, kind: 'sync', size, width })),
    { id: `apache/async-256-${size}`, kind: 'async', size, width: 256 },
    { id: `apache/batch-4x32-${size}`, kind: 'batch', size, width: 4 },
  ]);
}

const syncFlushCases: readonly SendCase[] = [8, 32].map((width) => ({
  id: `apache/sync-flush-${width}-128`,
  kind: 'sync',
  size: 128,
  width,
}));

/** Apache's servers and ours, both loaded by Apache's Java client. */
export async function runApacheGroup(context: BenchContext): Promise<void> {
  const { plan, wants } = context;
  const sends = asyncFlushCases(plan.sizes);
  const asyncIds = [...sends.map(({ id }) => id), consumeCase.id, memoryIdle, memoryLoaded, loopDelay];
  // The starts for the other cases are measured, too; more of them only when they are few.
  await measureStarts(context, asyncIds.some(wants) ? plan.startRounds : Math.max(1, plan.startRounds));
  if (asyncIds.some(wants)) {
    await withContestants(context, 'async', [...sends.map(({ id }) => id), consumeCase.id], async (contestants) => {
      for (const one of sends) await runSendCase(context, contestants, one);
      await runConsumeCase(context, contestants, consumeCase);
      await afterLoad(context, contestants);
    });
  }
  const syncIds = syncFlushCases.map(({ id }) => id);
  if (syncIds.some(wants)) {
    await withContestants(context, 'sync', syncIds, async (contestants) => {
      for (const one of syncFlushCases) await runSendCase(context, contestants, one);
    });
  }
}

async function measureStarts({ results, progress, wants }: BenchContext, rounds: number): Promise<void> {
  if (!wants(startUp) || rounds === 0) return;
  for (const turn of alternate(kinds, rounds)) {
    for (const { name, start } of turn) {
      progress.step(`${startUp}: ${name}`);
      const server = await start('async');
      results.add(startUp, 'ms', name, { value: server.startUpMs });
      await server.stop();
    }
  }
  progress.done(startUp, results);
}

/** Starts both servers and a client for each, makes the topics, warms everything up. */
async function withContestants(
  context: BenchContext,
  flush: Flush,
  ids: readonly string[],
  work: (contestants: readonly Contestant[]) => Promise<void>,
): Promise<void> {
  const { plan, results, progress, wants } = context;
  const servers: BenchServer[] = [];
  const loads: LoadProcess[] = [];
  try {
    const contestants: Contestant[] = [];
    for (const { name, start } of kinds) {
      progress.step(`apache: ${name} starts with ${flush} flush`);
      const server = await start(flush);
      servers.push(server);
      if (wants(startUp)) results.add(startUp, 'ms', name, { value: server.startUpMs });
      await sleep(plan.restMs);
      if (flush === 'async') recordMemory(context, memoryIdle, name, server);
      for (const id of ids.filter(wants)) await createTopic(server.address, topicOf(id));
      await createTopic(server.address, 'bench-warm-up');
      const load = await LoadProcess.java(server.address);
      loads.push(load);
      contestants.push({ name, server, load });
    }
    for (const { name, load } of contestants) {
      progress.step(`apache: ${name} warms up`);
      const order = { topic: 'bench-warm-up', size: 128, ms: plan.warmUpMs / 2 };
      await load.run({ ...order, kind: 'async', width: 256 });
      await load.run({ ...order, kind: 'sync', width: 8 });
    }
    await work(contestants);
  } finally {
    await Promise.all(loads.map((load) => load.stop()));
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function afterLoad(context: BenchContext, contestants: readonly Contestant[]): Promise<void> {
  for (const { name, server } of contestants) {
    recordMemory(context, memoryLoaded, name, server);
    const delay = name === 'comet' && context.wants(loopDelay) ? await eventLoopDelayMs(server.address) : undefined;
    if (delay !== undefined) context.results.add(loopDelay, 'ms', name, { value: delay });
  }
}

function recordMemory({ results, wants }: BenchContext, id: string, name: string, server: BenchServer): void {
  if (wants(id)) results.add(id, 'MiB', name, { value: server.residentBytes() / 2 ** 20 });
}
