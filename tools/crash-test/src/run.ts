import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CrashReport, crashRun, type CrashRunOptions } from './crash-run.js';

const USAGE = `Kills a server again and again while messages are sent and received, and looks for what it had acknowledged.

  npm run crash-test -- [--kills 200] [--flush async|sync|both] [--seed 1] [--keep]

  --kills   over all; default 200
  --flush   flushDiskType of the server; default both, half of the kills each
  --seed    moments and messages; default: the clock
  --keep    leaves the store behind

Ends with code 1 when anything is lost or contradicts what was seen before.
`;

const FLUSH = { async: ['ASYNC_FLUSH'], sync: ['SYNC_FLUSH'], both: ['ASYNC_FLUSH', 'SYNC_FLUSH'] } as const;

const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN;

const killsOf = ({ kills }: CrashReport): number => kills['under load'] + kills.starting + kills.closing;

function progress(flushDiskType: string, report: CrashReport): void {
  const kills = killsOf(report);
  if (kills % 10 !== 0) return;
  const { acknowledged, lost, recoveryMs } = report;
  const last = recoveryMs.at(-1)?.toFixed(0) ?? '-';
  process.stdout.write(
    `${flushDiskType}  ${kills} kills  ${acknowledged} acknowledged  ${lost.length} lost  last recovery ${last} ms\n`,
  );
}

function summary(flushDiskType: string, report: CrashReport, seconds: number): string {
  const { kills, acknowledged, seen, lost, contradictions, duplicates, recoveryMs, firstStartMs } = report;
  const times = [0.5, 0.95, 1].map((part) => percentile(recoveryMs, part).toFixed(0));
  return [
    `${flushDiskType}, ${seconds.toFixed(0)} s`,
    `  kills           ${killsOf(report)}: ${kills['under load']} under load, ${kills.starting} while starting, ${kills.closing} while closing`,
    `  acknowledged    ${acknowledged}`,
    `  seen            ${seen} by consumers`,
    `  lost            ${lost.length}`,
    `  contradictions  ${contradictions.length}`,
    `  duplicates      ${duplicates}: sent again because nobody knew whether they were stored`,
    `  recovery        median ${times[0]}, 95 % ${times[1]}, most ${times[2]} ms from the start of the process; ${firstStartMs.toFixed(0)} ms with an empty store`,
    ...[...lost, ...contradictions].slice(0, 20).map((line) => `  ! ${line}`),
    '',
  ].join('\n');
}

async function one(options: Omit<CrashRunOptions, 'storeDir'>, keep: boolean): Promise<boolean> {
  const directory = mkdtempSync(join(tmpdir(), 'cometmq-crash-'));
  const startedAt = performance.now();
  const report = await crashRun({
    ...options,
    storeDir: join(directory, 'store'),
    onKill: (soFar) => progress(options.flushDiskType, soFar),
  });
  process.stdout.write(summary(options.flushDiskType, report, (performance.now() - startedAt) / 1000));
  const sound = report.lost.length + report.contradictions.length === 0;
  if (keep || !sound) process.stdout.write(`  store           ${directory}\n`);
  else rmSync(directory, { recursive: true, force: true });
  return sound;
}

function wholeNumber(text: string, what: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${what} must be a whole number, not "${text}"`);
  return Number(text);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '200' },
      flush: { type: 'string', default: 'both' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const modes = Object.hasOwn(FLUSH, values.flush) ? FLUSH[values.flush as keyof typeof FLUSH] : undefined;
  if (modes === undefined) throw new Error(`--flush must be async, sync or both, not "${values.flush}"`);
  const kills = Math.ceil(wholeNumber(values.kills, '--kills') / modes.length);
  const seed = wholeNumber(values.seed, '--seed');
  process.stdout.write(`seed ${seed}\n`);
  let sound = true;
  for (const flushDiskType of modes) sound = (await one({ kills, flushDiskType, seed }, values.keep)) && sound;
  return sound ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`crash-test: ${(error as Error).message}\n${USAGE}`);
  process.exitCode = 2;
}
