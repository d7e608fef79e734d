import { availableParallelism } from 'node:os';
import type { LoadProcess } from '../load/load-process.js';
import type { Order } from '../load/order.js';
import { machineTimeUs, processorTimeUs } from '../process/usage.js';
import type { Sample } from '../results.js';
import type { BenchServer } from '../servers/bench-server.js';
import { alternate } from '../statistics.js';
import type { BenchContext } from './bench-context.js';

/** A server and the client that loads it. */
export interface Contestant {
  readonly name: string;
  readonly server: BenchServer;
  readonly load: LoadProcess;
}

export async function measure({ server, load }: Contestant, order: Order): Promise<Sample> {
  const serverBefore = server.processorTimeUs();
  const clientBefore = processorTimeUs(load.pid);
  const machineBefore = machineTimeUs();
  const wallBefore = performance.now();
  const { messages, errors, seconds, p50Us, p99Us } = await load.run(order);
  const wallUs = (performance.now() - wallBefore) * 1000;
  const serverUs = server.processorTimeUs() - serverBefore;
  const clientUs = processorTimeUs(load.pid) - clientBefore;
  const foreignUs = machineTimeUs() - machineBefore - serverUs - clientUs;
  const per = Math.max(1, messages);
  return {
    value: messages / seconds,
    errors,
    ...(order.kind === 'consume' ? {} : { p50Us, p99Us }),
    serverUs: serverUs / per,
    clientUs: clientUs / per,
    foreignShare: Math.max(0, foreignUs / (wallUs * availableParallelism())),
  };
}

export interface SendCase {
  readonly id: string;
  readonly kind: Order['kind'];
  readonly size: number;
  readonly width: number;
  /** For contestants whose messages stay in memory. */
  readonly discard?: boolean;
}

/** Warms everybody up for the case, then takes turns. */
export async function runSendCase(
  { plan, results, progress, wants }: BenchContext,
  contestants: readonly Contestant[],
  { id, kind, size, width, discard }: SendCase,
): Promise<void> {
  if (!wants(id)) return;
  const order: Order = { kind, topic: topicOf(id), size, width, ms: plan.runMs, count: plan.runCount };
  for (const contestant of contestants) {
    progress.step(`${id}: ${contestant.name} warms up`);
    await contestant.load.run({ ...order, ms: plan.caseWarmUpMs });
  }
  for (const [round, turn] of alternate(contestants, plan.rounds).entries()) {
    for (const contestant of turn) {
      progress.step(`${id}: ${contestant.name}, round ${round + 1} of ${plan.rounds}`);
      results.add(id, 'msg/s', contestant.name, await measure(contestant, order));
      if (discard) await contestant.load.run({ ...order, kind: 'discard' });
    }
  }
  progress.done(id, results);
}

/** Fills the topic once, then lets one new group after the other read it. */
export async function runConsumeCase(
  { plan, results, progress, wants }: BenchContext,
  contestants: readonly Contestant[],
  { id, size, width }: Omit<SendCase, 'kind'>,
): Promise<void> {
  if (!wants(id)) return;
  const topic = topicOf(id);
  const count = plan.consumeCount;
  const base = { topic, size, width, count };
  for (const contestant of contestants) {
    progress.step(`${id}: ${contestant.name} fills its topic`);
    const fill: Order = { kind: 'batch', ...base, width: 4, ms: 120_000, count: count + 1024 };
    await contestant.load.run(fill);
  }
  const turns = alternate(contestants, plan.consumeRounds + 1);
  for (const [round, turn] of turns.entries()) {
    for (const contestant of turn) {
      progress.step(`${id}: ${contestant.name}, round ${round} of ${plan.consumeRounds}`);
      const order: Order = { kind: 'consume', ...base, ms: 120_000, group: `${topic}-group-${round}` };
      const sample = await measure(contestant, order);
      // The first one warms up.
      if (round > 0) results.add(id, 'msg/s', contestant.name, sample);
    }
  }
  progress.done(id, results);
}

export const topicOf = (id: string): string => `bench-${id.replaceAll('/', '-')}`;
