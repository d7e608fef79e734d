import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure } from './groups/contestant.js';
import { LoadProcess } from './load/load-process.js';
import type { Order } from './load/order.js';
import { type CpuProfile, selfTimes } from './report/self-times.js';
import { formatValue } from './report/table.js';
import { startComet } from './servers/comet.js';

const usage = `Where our server and our client spend their time under one load.

  node dist/profile.js [comet-tcp|comet-ws] [send|batch|consume] [width] [size] [ms] [count]
`;
const shown = 40;

function report(title: string, directory: string, messages: number): void {
  const [file] = readdirSync(directory).filter((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error(`no profile of the ${title}`);
  const { busyUs, functions } = selfTimes(JSON.parse(readFileSync(join(directory, file), 'utf8')) as CpuProfile);
  process.stdout.write(`\n${title}: ${formatValue(busyUs / messages)} us per message\n`);
  for (const { name, place, us } of functions.slice(0, shown)) {
    const share = ((us / busyUs) * 100).toFixed(1).padStart(6);
    process.stdout.write(
      `${share} % ${((us / messages) * 1000).toFixed(0).padStart(7)} ns  ${name.padEnd(34)} ${place}\n`,
    );
  }
}

async function main(): Promise<void> {
  const [client = 'comet-tcp', kind = 'send', width = '256', size = '1024', ms = '6000', count = '200000'] =
    process.argv.slice(2);
  if (client.startsWith('-')) {
    process.stdout.write(usage);
    return;
  }
  const home = mkdtempSync(join(tmpdir(), 'cometmq-profile-'));
  const flags = (name: string): string => `--cpu-prof --cpu-prof-interval 250 --cpu-prof-dir ${join(home, name)}`;
  process.env['BENCH_SERVER_NODE_FLAGS'] = flags('server');
  process.env['BENCH_CLIENT_NODE_FLAGS'] = flags('client');
  const server = await startComet('async');
  const base = { topic: 'bench-profile', width: Number(width), size: Number(size) };
  if (kind === 'consume') {
    // Another process fills the topic, so that sending is not in the client's profile.
    delete process.env['BENCH_CLIENT_NODE_FLAGS'];
    const filler = await LoadProcess.node('comet-tcp', server.address);
    await filler.run({ kind: 'batch', ...base, width: 4, ms: 120_000, count: Number(count) + 1024 });
    await filler.stop();
    process.env['BENCH_CLIENT_NODE_FLAGS'] = flags('client');
  }
  const load = await LoadProcess.node(client, server.address);
  const order: Order = {
    kind: kind as Order['kind'],
    ...base,
    ms: Number(ms),
    count: kind === 'consume' ? Number(count) : Number.MAX_SAFE_INTEGER,
    group: 'bench-profile',
  };
  const sample = await measure({ name: client, server, load }, order);
  const messages = kind === 'consume' ? Number(count) : sample.value * (Number(ms) / 1000);
  process.stdout.write(
    `${client} ${kind} ${width} ${size}: ${formatValue(sample.value)} msg/s, p50 ${sample.p50Us} us, p99 ${sample.p99Us} us; processor time per message, server ${formatValue(sample.serverUs ?? 0)} us, client ${formatValue(sample.clientUs ?? 0)} us\n`,
  );
  await load.stop();
  await server.stop();
  report('client', join(home, 'client'), messages);
  report('server', join(home, 'server'), messages);
  if (process.env['KEEP_PROFILES'] === undefined) rmSync(home, { recursive: true, force: true });
  else process.stdout.write(`\nprofiles: ${home}\n`);
  process.exit(0);
}

await main();
