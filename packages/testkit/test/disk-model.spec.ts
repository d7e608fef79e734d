import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Disk, DiskError, seededRandom, VirtualClock } from '@cometmq/runtime';
import { nodeDisk } from '@cometmq/runtime/node';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { memoryDisk, SimDisk } from '../src/sim-disk.js';

const name = fc.constantFrom('a', 'b', 'a/b', 'a/c', 'b/a/c');
const bytes = fc.integer({ min: 0, max: 40_000 }).map((length) => Buffer.alloc(length, length % 251));
const position = fc.oneof(fc.nat(10), fc.nat(70_000));

type Operation = (disk: Disk, at: (path: string) => string) => unknown;

function withFile(
  disk: Disk,
  path: string,
  mode: 'read' | 'write' | 'create',
  use: (file: ReturnType<Disk['openSync']>) => unknown,
) {
  const file = disk.openSync(path, mode);
  try {
    return use(file);
  } finally {
    file.closeSync();
  }
}

type Step = readonly [what: string, run: Operation];

const step = (what: string, run: Operation): Step => [what, run];

const onNames: fc.Arbitrary<Step> = fc.oneof(
  name.map((path) => step(`make directory ${path}`, (disk, at) => disk.makeDirectorySync(at(path)))),
  name.map((path) => step(`list ${path}`, (disk, at) => disk.listSync(at(path)))),
  name.map((path) => step(`remove ${path}`, (disk, at) => disk.removeSync(at(path)))),
  name.map((path) => step(`sync directory ${path}`, (disk, at) => disk.syncDirectory(at(path)))),
  fc
    .tuple(name, name)
    .map(([from, to]) => step(`rename ${from} ${to}`, (disk, at) => disk.renameSync(at(from), at(to)))),
  name.map((path) =>
    step(`stat ${path}`, (disk, at) => {
      const found = disk.statSync(at(path));
      return found && (found.directory ? 'directory' : found.size);
    }),
  ),
);

const onContent: fc.Arbitrary<Step> = fc.oneof(
  name.map((path) => step(`read file ${path}`, (disk, at) => disk.readFileSync(at(path)))),
  fc
    .tuple(name, bytes)
    .map(([path, content]) =>
      step(`write file ${path} ${content.length}`, (disk, at) => disk.writeFileSync(at(path), content)),
    ),
  fc
    .tuple(name, bytes)
    .map(([path, content]) =>
      step(`replace ${path} ${content.length}`, (disk, at) => disk.replaceFile(at(path), content)),
    ),
  fc
    .tuple(name, bytes, position, fc.constantFrom('write' as const, 'create' as const))
    .map(([path, content, start, mode]) =>
      step(`${mode} ${path} ${content.length} at ${start}`, (disk, at) =>
        withFile(disk, at(path), mode, (file) => {
          file.writeSync(content, start);
          return file.sizeSync();
        }),
      ),
    ),
  // Reading nothing is no system call for Node, not even on a directory, which nobody reads.
  fc.tuple(name, position, fc.integer({ min: 1, max: 70_000 })).map(([path, start, length]) =>
    step(`read ${path} ${length} at ${start}`, (disk, at) =>
      withFile(disk, at(path), 'read', (file) => {
        const into = Buffer.alloc(length, 'x');
        return [file.readSync(into, start), into];
      }),
    ),
  ),
  fc
    .tuple(name, position)
    .map(([path, size]) =>
      step(`truncate ${path} ${size}`, (disk, at) =>
        withFile(disk, at(path), 'write', (file) => file.truncateSync(size)),
      ),
    ),
);

const operation = fc.oneof(onNames, onContent);

async function outcome(run: () => unknown): Promise<unknown> {
  try {
    const value = await run();
    return value instanceof Uint8Array ? Buffer.from(value) : value;
  } catch (error) {
    return error instanceof DiskError ? error.code : error;
  }
}

it('simulated disks do what the real one does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 30 }), async (operations) => {
      const directory = mkdtempSync(join(tmpdir(), 'cometmq-model-'));
      const clock = new VirtualClock();
      const real = nodeDisk();
      const faulty = new SimDisk({ clock, random: seededRandom(1) }).mount();
      const memory = memoryDisk(clock, seededRandom(1));
      try {
        for (const [what, run] of operations) {
          const expected = await outcome(() => run(real, (path) => join(directory, path)));
          for (const disk of [faulty, memory]) {
            const got = await outcome(() => run(disk, (path) => `/${path}`));
            expect([what, got]).toEqual([what, expected]);
          }
        }
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    }),
    { numRuns: 200 },
  );
});
