import { fileURLToPath } from 'node:url';
import { LoadProcess } from '../load/load-process.js';
import { timeToFirstLine } from '../process/first-line.js';
import type { BenchServer, Flush } from '../servers/bench-server.js';
import { startComet } from '../servers/comet.js';
import { startBare, startNats, startRedis } from '../servers/peers.js';
import { alternate } from '../statistics.js';
import type { BenchContext } from './bench-context.js';
import { type Contestant, runConsumeCase, runSendCase, type SendCase } from './contestant.js';

const coldCase = 'peers/cold-first-ack';
const roundTripCase = (size: number): SendCase => ({ id: `peers/round-trip-${size}`, kind: 'send', size, width: 1 });
const consumeCase = { id: 'peers/consume-1024', size: 1024, width: 1 };
const batchCase = (size: number): SendCase => ({
  id: `peers/batch-4x32-${size}`,
  kind: 'batch',
  size,
  width: 4,
  discard: true,
});

const windowCases = (sizes: readonly number[]): SendCase[] =>
  sizes.flatMap((size) =>
    [1, 32, 256].map((width): SendCase => ({
      id: `peers/window-${width}-${size}`,
      kind: 'send',
      size,
      width,
      discard: true,
    })),
  );
const flushCases: readonly SendCase[] = [1, 32, 256].map((width) => ({
  id: `peers/sync-flush-window-${width}-128`,
  kind: 'send',
  size: 128,
  width,
  discard: true,
}));

/** Our SDK and the clients of Redis Streams and NATS JetStream, each in one Node process with a server process of its own. */
export async function runPeerGroup(context: BenchContext): Promise<void> {
  const { plan, wants } = context;
  const windows = windowCases(plan.sizes);
  const roundTrips = plan.sizes.map(roundTripCase);
  const asyncIds = [...windows, ...roundTrips, ...plan.sizes.map(batchCase), consumeCase].map(({ id }) => id);
  if ([...asyncIds, coldCase].some(wants)) {
    await withContestants(context, 'async', async ({ systems, trip }) => {
      for (const one of windows) await runSendCase(context, systems, one);
      for (const one of roundTrips) await runSendCase(context, trip, one);
      for (const size of plan.sizes) await runSendCase(context, systems, batchCase(size));
      await runConsumeCase(context, systems, consumeCase);
      await measureCold(context, systems);
    });
  }
  if (flushCases.some(({ id }) => wants(id))) {
    await withContestants(context, 'sync', async ({ systems }) => {
      for (const one of flushCases) await runSendCase(context, systems, one);
    });
  }
}

interface Line {
  readonly systems: readonly Contestant[];
  /** Ours and the bare round trip. */
  readonly trip: readonly Contestant[];
}

async function withContestants(
  { plan, progress }: BenchContext,
  flush: Flush,
  work: (line: Line) => Promise<void>,
): Promise<void> {
  const servers: BenchServer[] = [];
  const loads: LoadProcess[] = [];
  const enter = async (name: string, server: BenchServer): Promise<Contestant> => {
    const load = await LoadProcess.node(name, server.address);
    loads.push(load);
    progress.step(`peers: ${name} warms up`);
    const order = { kind: 'send', topic: 'bench-cold', size: 128, width: 32, ms: plan.warmUpMs / 3 } as const;
    await load.run(order);
    return { name, server, load };
  };
  const started = async (start: Promise<BenchServer>): Promise<BenchServer> => {
    const server = await start;
    servers.push(server);
    return server;
  };
  try {
    const comet = await started(startComet(flush));
    const systems = [await enter('comet-tcp', comet), await enter('comet-ws', comet)];
    systems.push(await enter('redis', await started(startRedis(flush))));
    const trip = systems.slice(0, 2);
    // This JetStream cannot sync every message, and the bare round trip has no disk.
    if (flush === 'async') {
      systems.push(await enter('nats', await started(startNats())));
      trip.push(await enter('bare', await started(startBare())));
    }
    await work({ systems, trip });
  } finally {
    await Promise.all(loads.map((load) => load.stop()));
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** From the start of a Node process to its first acknowledged message, the start of Node included. */
async function measureCold(
  { plan, results, progress, wants }: BenchContext,
  systems: readonly Contestant[],
): Promise<void> {
  if (!wants(coldCase)) return;
  const child = fileURLToPath(new URL('../load/cold-child.js', import.meta.url));
  for (const turn of alternate(systems, plan.coldRounds)) {
    progress.step(coldCase);
    for (const { name, server } of turn) {
      results.add(coldCase, 'ms', name, { value: await timeToFirstLine([child, name, server.address]) });
    }
    results.add(coldCase, 'ms', 'node alone', { value: await timeToFirstLine(['-e', 'process.stdout.write("\\n")']) });
  }
  progress.done(coldCase, results);
}
