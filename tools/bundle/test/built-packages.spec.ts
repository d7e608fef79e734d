import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';

const packages = resolve(import.meta.dirname, '../../../packages');
const folders = readdirSync(packages).sort();

interface Door {
  readonly folder: string;
  readonly source: string;
  readonly built: string;
}

/** Pairs of source and built file anywhere in `exports` and `imports`. */
function pairs(target: unknown): { source: string; built: string }[] {
  if (typeof target !== 'object' || target === null) return [];
  const { '@cometmq/source': source, default: built, ...rest } = target as Record<string, unknown>;
  const own = typeof source === 'string' && typeof built === 'string' ? [{ source, built }] : [];
  return [...own, ...Object.values(rest).flatMap(pairs)];
}

function doorsOf(folder: string): Door[] {
  const manifest = JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  const doors = [...pairs(manifest['exports']), ...pairs(manifest['imports'])].map((pair) => ({ folder, ...pair }));
  return doors.filter(({ built }, at) => doors.findIndex((other) => other.built === built) === at);
}

/** JavaScript of a package's dist, and the sources each file was made from, relative to the package. */
function builtFiles(folder: string): Map<string, string[]> {
  const dist = join(packages, folder, 'dist');
  const found = new Map<string, string[]>();
  for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.js')) continue;
    const file = join(dist, name);
    // A package without code has nothing to map.
    const map = existsSync(`${file}.map`) ? readFileSync(`${file}.map`, 'utf8') : '{"sources":[]}';
    const { sources } = JSON.parse(map) as { sources: string[] };
    found.set(
      file,
      sources.map((source) => relative(join(packages, folder), resolve(dirname(file), source))),
    );
  }
  return found;
}

/** Whoever runs the tests may want colours; what is compared here has none. */
const plain = { ...process.env, FORCE_COLOR: '0' };

/** What a program prints that plain Node runs in a package's folder. */
function run(folder: string, program: string): string {
  const args = ['--input-type=module', '-e', program];
  return execFileSync(process.execPath, args, { cwd: join(packages, folder), encoding: 'utf8', env: plain }).trim();
}

beforeAll(() => {
  for (const folder of ['cli', 'nest-integration', 'testkit'])
    execFileSync(process.execPath, [resolve(import.meta.dirname, '../build-up-to.mjs'), `packages/${folder}`]);
}, 120_000);

describe.each(folders)('the built %s', (folder) => {
  it.each(doorsOf(folder))('offers what $source offers', async ({ source, built }) => {
    const url = pathToFileURL(join(packages, folder, built)).href;
    const names = run(folder, `console.log(JSON.stringify(Object.keys(await import('${url}'))))`);
    const expected = Object.keys((await import(join(packages, folder, source))) as object);
    expect((JSON.parse(names) as string[]).sort()).toEqual(expected.sort());
  });

  it('holds nothing of another package, and nothing twice', () => {
    const sources = [...builtFiles(folder).values()].flat();
    expect(sources.filter((source) => !source.startsWith('src/'))).toEqual([]);
    expect(sources).toHaveLength(new Set(sources).size);
  });

  it('imports nothing that its package.json does not name', () => {
    const text = readFileSync(join(packages, folder, 'package.json'), 'utf8');
    const { name, dependencies, peerDependencies } = JSON.parse(text) as {
      name: string;
      dependencies?: object;
      peerDependencies?: object;
    };
    const known = [name, ...Object.keys({ ...dependencies, ...peerDependencies })];
    const imported = [...builtFiles(folder).keys()].flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^'"\n]*"([^"\n]+)"/gm)].map(([, from]) => from!),
    );
    const foreign = imported.filter((from) => !/^(\.|#|node:)/.test(from));
    expect(foreign.filter((from) => !known.some((one) => from === one || from.startsWith(`${one}/`)))).toEqual([]);
  });

  it('is one file per door and what they share, all of ASCII', () => {
    const files = [...builtFiles(folder).keys()];
    const doors = doorsOf(folder).map(({ built }) => join(packages, folder, built));
    expect(files.filter((file) => !doors.includes(file) && !/dist\/chunks\/(node-)?shared\.js$/.test(file))).toEqual(
      [],
    );
    // oxlint-disable-next-line no-control-regex
    expect(files.filter((file) => /[^\0-\x7f]/.test(readFileSync(file, 'utf8')))).toEqual([]);
  });
});

describe('what is loaded', () => {
  const LOADED = `const { createRequire } = await import('node:module');
    const loaded = () => Object.keys(createRequire(import.meta.url).cache);`;

  it('has no rxjs and no ws before somebody needs them', () => {
    const program = `${LOADED}
      const { RocketMQ } = await import('@cometmq/sdk');
      const mq = new RocketMQ({ namesrv: 'tcp://127.0.0.1:1' });
      mq.producer();
      console.log(loaded().length);`;
    expect(run('sdk', program)).toBe('0');
  });

  it('is the very rxjs of the program', () => {
    const program = `
      const { RocketMQ, settle } = await import('@cometmq/sdk');
      const stream = new RocketMQ({ namesrv: 'tcp://127.0.0.1:1' }).status$;
      const { Observable, of } = await import('rxjs');
      console.log(stream instanceof Observable, of().pipe(settle(() => {})) instanceof Observable);`;
    expect(run('sdk', program)).toBe('true true');
  });

  it('has every class once, whichever door it comes through', () => {
    const program = `
      const { DiskError, TransportError } = await import('@cometmq/runtime');
      const { nodeDisk, tcpDialer } = await import('@cometmq/runtime/node');
      const outcome = [];
      try { nodeDisk().openSync('/nowhere/at/all', 'read'); } catch (error) { outcome.push(error instanceof DiskError); }
      const dialled = tcpDialer().connect({ host: '127.0.0.1', port: 1 }, { timeoutMs: 5000 });
      await dialled.catch((error) => outcome.push(error instanceof TransportError));
      console.log(outcome.join());`;
    expect(run('sdk', program)).toBe('true,true');
  });
});

/** A program beside the SDK, with what it imports, in one chunk. */
async function bundleProgram(text: string, platform: 'node' | 'browser') {
  const entry = join(packages, 'sdk/program.mjs');
  const resolveId = (id: string) => (id === entry ? id : null);
  const load = (id: string) => (id === entry ? text : null);
  const bundle = await rolldown({
    input: entry,
    platform,
    logLevel: 'silent',
    plugins: [{ name: 'entry', resolveId, load }],
  });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
  await bundle.close();
  return output[0];
}

describe('a program that a bundler made one file of', () => {
  it('runs in Node where no package is installed', async () => {
    const { code } = await bundleProgram(
      `import { RocketMQ } from '@cometmq/sdk';
      import { Observable } from 'rxjs';
      const mq = new RocketMQ({ namesrv: '127.0.0.1:1' });
      console.log(mq.status$ instanceof Observable);
      await mq.start().catch((error) => console.log(error.code));
      await mq.close();`,
      'node',
    );
    const directory = mkdtempSync(join(tmpdir(), 'cometmq-bundle-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    writeFileSync(join(directory, 'program.mjs'), code);
    const printed = execFileSync(process.execPath, ['program.mjs'], { cwd: directory, encoding: 'utf8', env: plain });
    expect(printed.trim()).toBe('true\nNO_NAMESRV');
  });

  it('needs nothing of Node in a browser', async () => {
    const { imports, code } = await bundleProgram(`export { RocketMQ } from '@cometmq/sdk';`, 'browser');
    expect(imports).toEqual([]);
    expect(code).not.toMatch(/createRequire|getBuiltinModule/);
  });
});
