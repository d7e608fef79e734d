import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RocketMQ } from '@cometmq/sdk';
import { from, lastValueFrom, tap } from 'rxjs';
import { AirportLedger, DelayDesk, LiveBoard, Mileage, TOPIC } from './consumers.js';
import { type Flight, isDelayed, loadFlights } from './flights.js';
import { startServer } from './server-process.js';
import { failuresOf, type Outcome, resultTable, showProgress } from './show.js';
import { Tally, totalsOf } from './tally.js';

const WAIT_MS = 120_000;
/** What one queue may hold unsettled when it changes hands, times the two changes of membership. */
const REPEATS_ALLOWED = 2 * 1000;

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** One process's worth of consumers: an own client, so that it is a member of its own in every group. */
async function joinAll(
  namesrv: string,
  tallies: Readonly<Record<'ledger' | 'desk' | 'mileage' | 'board', Tally>>,
): Promise<RocketMQ> {
  const mq = await RocketMQ.connect({ namesrv });
  await mq.bind(
    new AirportLedger(tallies.ledger),
    new DelayDesk(tallies.desk),
    new Mileage(tallies.mileage),
    new LiveBoard(tallies.board),
  );
  return mq;
}

async function publishAll(mq: RocketMQ, flights: readonly Flight[], onSent: () => void): Promise<void> {
  const producer = mq.producer({ group: 'airports' });
  const toMessage = (flight: Flight) => ({
    topic: TOPIC,
    body: flight,
    tags: isDelayed(flight) ? 'delayed' : 'on-time',
    keys: String(flight.id),
    shardingKey: flight.origin,
  });
  await lastValueFrom(from(flights).pipe(producer.publish<Flight>(toMessage, { concurrency: 64 }), tap(onSent)), {
    defaultValue: undefined,
  });
}

async function run(namesrv: string, flights: readonly Flight[]): Promise<Outcome[]> {
  const tallies = {
    ledger: new Tally('airport-ledger'),
    desk: new Tally('delay-desk'),
    mileage: new Tally('mileage'),
    board: new Tally('live-board'),
  };
  const delayed = flights.filter(isDelayed);
  const outcomes: Outcome[] = [
    { tally: tallies.ledger, expected: totalsOf(flights), ordered: true, repeatsAllowed: REPEATS_ALLOWED },
    { tally: tallies.desk, expected: totalsOf(delayed), ordered: false, repeatsAllowed: REPEATS_ALLOWED },
    { tally: tallies.mileage, expected: totalsOf(flights), ordered: false, repeatsAllowed: REPEATS_ALLOWED },
    { tally: tallies.board, expected: totalsOf(flights), ordered: false, repeatsAllowed: REPEATS_ALLOWED },
  ];
  let sent = 0;
  const stopShowing = showProgress([
    { name: 'sent', total: flights.length, value: () => sent },
    ...outcomes.map(({ tally, expected }) => ({
      name: tally.group,
      total: expected.flights,
      value: () => tally.distinct,
    })),
  ]);
  const members: RocketMQ[] = [];
  const sender = await RocketMQ.connect({ namesrv });
  try {
    members.push(await joinAll(namesrv, tallies));
    const publishing = publishAll(sender, flights, () => (sent += 1));
    await until('a quarter is consumed', () => tallies.ledger.distinct >= flights.length / 4);
    members.push(await joinAll(namesrv, tallies), await joinAll(namesrv, tallies));
    await until('half is consumed', () => tallies.ledger.distinct >= flights.length / 2);
    await members.shift()!.close();
    await publishing;
    await until('everything is consumed', () =>
      outcomes.every(({ tally, expected }) => tally.distinct >= expected.flights),
    );
  } finally {
    for (const mq of [...members, sender]) await mq.close();
    stopShowing();
  }
  return outcomes;
}

async function main(): Promise<void> {
  const storeDir = mkdtempSync(join(tmpdir(), 'cometmq-demo-'));
  const flights = loadFlights(Number(process.argv[2] ?? Infinity));
  const server = await startServer(storeDir);
  console.log(`${flights.length} flights through ${server.address}, store in ${storeDir}`);
  try {
    const started = performance.now();
    const outcomes = await run(server.address, flights);
    console.log(resultTable(outcomes));
    console.log(`3 members joined, 1 left on the way; ${((performance.now() - started) / 1000).toFixed(1)} s`);
    const failures = outcomes.flatMap(failuresOf);
    for (const failure of failures) console.error(failure);
    console.log(`${outcomes.length - new Set(failures).size} passed, ${new Set(failures).size} failed`);
    if (failures.length > 0) process.exitCode = 1;
  } finally {
    const code = await server.stop();
    if (code !== 0) process.exitCode = 1;
    rmSync(storeDir, { recursive: true, force: true });
  }
}

await main();
