import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lockFile } from '../../src/node/lock-file.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
let compiled: string;
let directory: string;
let path: string;
const children: ChildProcess[] = [];

/** Plain JavaScript for the other processes, which know nothing of TypeScript. */
beforeAll(() => {
  compiled = mkdtempSync(join(tmpdir(), 'cometmq-lock-js-'));
  const tsc = fileURLToPath(import.meta.resolve('typescript/package.json')).replace('package.json', 'bin/tsc');
  const changes = [
    '--outDir',
    compiled,
    '--composite',
    'false',
    '--tsBuildInfoFile',
    'null',
    '--incremental',
    'false',
    '--emitDeclarationOnly',
    'false',
  ];
  execFileSync(process.execPath, [
    tsc,
    '-p',
    join(root, 'tsconfig.json'),
    ...changes,
    '--declaration',
    'false',
    '--declarationMap',
    'false',
  ]);
  writeFileSync(join(compiled, 'package.json'), '{"type":"module"}');
});

afterAll(() => rmSync(compiled, { recursive: true, force: true }));

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cometmq-lock-'));
  path = join(directory, 'lock');
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

/** Starts a program that prints a line once it has the lock or could not have it. */
async function start(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  children.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: line.toString() };
}

function otherNode(env?: NodeJS.ProcessEnv): ReturnType<typeof start> {
  const source = `
    import { lockFile } from ${JSON.stringify(join(compiled, 'node/lock-file.js'))};
    try { await lockFile(${JSON.stringify(path)}); console.log('held'); setInterval(() => {}, 1000); }
    catch (error) { console.log(error.code + ' ' + error.message); }`;
  return start(process.execPath, ['--input-type=module', '-e', source], env);
}

describe('the lock of a store', () => {
  it('keeps the four bytes that Apache writes', async () => {
    const lock = await lockFile(path);
    expect(readFileSync(path, 'latin1')).toBe('lock');
    lock.release();
    lock.release();
    expect(readFileSync(path, 'latin1')).toBe('lock');
  });

  it('is exclusive within a process, and free after its release', async () => {
    const lock = await lockFile(path);
    await expect(lockFile(path)).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('this process') as string,
    });
    lock.release();
    (await lockFile(path)).release();
  });

  it('keeps another process out', async () => {
    const lock = await lockFile(path);
    const { said } = await otherNode();
    expect(said).toContain('LOCKED');
    expect(said).toContain(`process ${process.pid}`);
    lock.release();
    expect((await otherNode()).said).toBe('held\n');
  });

  it('names the process that has it, and is free when that is killed', async () => {
    const { child } = await otherNode();
    await expect(lockFile(path)).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining(`process ${child.pid}`) as string,
    });
    child.kill('SIGKILL');
    await once(child, 'close');
    (await lockFile(path)).release();
  });

  it('is had by exactly one of many that start together', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => otherNode()));
    expect(all.filter(({ said }) => said === 'held\n').length).toBe(1);
    expect(all.filter(({ said }) => said.startsWith('LOCKED')).length).toBe(5);
  });

  it.runIf(process.platform === 'linux')('is kept where there is no flock program, too', async () => {
    const bare = { ...process.env, PATH: directory };
    const { child } = await otherNode(bare);
    expect((await otherNode(bare)).said).toContain(`process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect((await otherNode(bare)).said).toBe('held\n');
  });

  const perl = existsSync('/proc/locks') && spawnSync('perl', ['-v']).status === 0;
  it.runIf(perl)('respects the record lock of a JVM', async () => {
    writeFileSync(path, 'lock');
    const take =
      '$l=pack("ssx4qqix4",1,0,0,1,0); open(F,"+<",shift) and fcntl(F,6,$l) or die; $|=1; print "held\\n"; sleep 60';
    const { child } = await start('perl', ['-e', take, path]);
    await expect(lockFile(path)).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining(`process ${child.pid} (perl)`) as string,
    });
    child.kill('SIGKILL');
    await once(child, 'close');
    (await lockFile(path)).release();
  });

  it('says what is wrong when the directory is missing', async () => {
    await expect(lockFile(join(directory, 'no/lock'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
