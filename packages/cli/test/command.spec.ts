import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

const bin = resolve(import.meta.dirname, '../bin/cometmq.js');
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});
beforeAll(() => {
  // The command runs what was built.
  execFileSync(process.execPath, [
    resolve(import.meta.dirname, '../../../tools/bundle/build-up-to.mjs'),
    'packages/cli',
  ]);
}, 120_000);

function storeDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'cometmq-cli-'));
  // A server whose test does not wait for it may still be closing its files.
  cleanups.push(() => rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return dir;
}

function run(...args: string[]): ChildProcess & { readonly output: () => string } {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr.on('data', (text: Buffer) => (output += text.toString()));
  cleanups.push(() => child.kill('SIGKILL'));
  return Object.assign(child, { output: () => output });
}

async function ready(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const address = /^ready (\S+)$/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error('the command ended before it was ready');
}

const exitCode = async (child: ChildProcess): Promise<unknown> =>
  child.exitCode ?? ((await once(child, 'exit')) as unknown[])[0];

describe('cometmq', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'start says where it is ready, answers, and ends in order at %s',
    async (signal) => {
      const child = run('start', '--port', '0', '--store', storeDir());
      const address = await ready(child);
      expect((await fetch(`http://${address}/ready`)).status).toBe(200);
      child.kill(signal);
      expect(await exitCode(child)).toBe(0);
    },
  );

  it('refuses a store that another process has open, naming that process', async () => {
    const dir = storeDir();
    const first = run('start', '--port', '0', '--store', dir);
    await ready(first);
    const second = run('start', '--port', '0', '--store', dir);
    expect(await exitCode(second)).toBe(1);
    expect(second.output()).toContain(`process ${first.pid}`);
  });

  it('says that a port is taken', async () => {
    const address = await ready(run('start', '--port', '0', '--store', storeDir()));
    const second = run('start', '--port', address.split(':')[1]!, '--store', storeDir());
    expect(await exitCode(second)).toBe(1);
    expect(second.output()).toMatch(/the port is taken/);
  });

  it.each([
    [['start', '--bogus'], /unknown option/],
    [['start', '--port', '70000'], /0 to 65535/],
    [['start', '--set', 'maxMessageSize=abc'], /maxMessageSize=abc \(--set\): must be an integer from 10 to/],
    [['start', '--set', 'scanNotActiveBrokerInterval=1'], /scanNotActiveBrokerInterval=1 \(--set\): must be/],
    [['start', '--set', 'nothing'], /must be given as key=value/],
    [['start', '-c', '/nowhere/broker.conf'], /cannot read/],
    [['namesrv', '--set', 'scanNotActiveBrokerInterval=1'], /scanNotActiveBrokerInterval=1 \(--set\): .* from 100/],
    [['broker'], /needs name servers/],
  ])('answers %j with exit code 2 and what is wrong', async (args, message) => {
    const child = run(...args, ...(args.length > 1 ? ['--store', storeDir()] : []));
    expect(await exitCode(child)).toBe(2);
    expect(child.output()).toMatch(message);
  });

  it('runs a name server and a broker apart', async () => {
    const namesrv = await ready(run('namesrv', '--port', '0', '--store', storeDir()));
    const broker = run('broker', '--port', '0', '--store', storeDir(), '--namesrv', namesrv);
    const address = await ready(broker);
    for (const server of [namesrv, address]) expect((await fetch(`http://${server}/health`)).status).toBe(200);
    const metrics = await (await fetch(`http://${namesrv}/metrics`)).text();
    expect(metrics).toMatch(/^rocketmq_namesrv_brokers 1$/m);
    expect(metrics).toMatch(/^process_resident_memory_bytes \d+$/m);
    broker.kill('SIGTERM');
    expect(await exitCode(broker)).toBe(0);
  });

  it('a server whose npx is gone ends, too', async () => {
    // As npx: a shell in between, which a signal ends without telling the server.
    const shell = spawn('sh', ['-c', `"${process.execPath}" "${bin}" start --port 0 --store "${storeDir()}" & wait`], {
      env: { ...process.env, npm_command: 'exec' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const address = await ready(shell);
    shell.kill('SIGKILL');
    const deadline = Date.now() + 10_000;
    let gone = false;
    while (!gone && Date.now() < deadline) {
      gone = await fetch(`http://${address}/health`).then(
        () => false,
        () => true,
      );
    }
    expect(gone).toBe(true);
  });
});
