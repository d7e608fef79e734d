import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { goldenManifest } from '../../../../../tools/golden-reader/golden-store.js';

const bin = resolve(import.meta.dirname, '../../../bin/cometmq.js');
const golden = resolve(import.meta.dirname, '../../../../../conformance/golden/store/clean-5.3.3.tar.gz');
const manifest = goldenManifest('clean-5.3.3');
const queue = manifest.queues.find(({ messages, minOffset }) => messages.length > 8 && minOffset === 0)!;
let temporary: string;
let store: string;

function run(...args: string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'store', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { code: status, out: stdout, err: stderr };
}
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

beforeAll(() => {
  // The command runs what was built.
  const tsc = resolve(import.meta.dirname, '../../../../../node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-b'], { cwd: resolve(import.meta.dirname, '../../..') });
  temporary = mkdtempSync(join(tmpdir(), 'cometmq-cli-store-'));
}, 120_000);
beforeEach(() => {
  store = join(temporary, 'clean-5.3.3');
  rmSync(store, { recursive: true, force: true });
  execFileSync('tar', ['-xzf', golden, '-C', temporary]);
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** Changes a bit of the message at a queue offset. */
function damage(offset: number): string {
  const { physicalOffset } = queue.messages[offset]!;
  const directory = join(store, 'commitlog');
  const name = readdirSync(directory).findLast((file) => Number(file) <= physicalOffset)!;
  const path = join(directory, name);
  const bytes = readFileSync(path);
  const at = physicalOffset - Number(name) + 89;
  bytes[at] = bytes[at]! ^ 1;
  writeFileSync(path, bytes);
  return path;
}

describe('cometmq store', () => {
  it('verify says sound with 0, damage with its place and 1, a wrong directory with 2', () => {
    expect(run('verify', store)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/637 messages[^]*The store is sound/),
    });
    const path = damage(3);
    const { code, out } = run('verify', store);
    expect(code).toBe(1);
    expect(out).toContain(`DAMAGE log: ${path} at ${queue.messages[3]!.physicalOffset}: `);
    const report = JSON.parse(run('verify', store, '--json').out) as { damages: number };
    expect(report.damages).toBeGreaterThan(0);
    expect(run('verify', join(temporary, 'nothing')).code).toBe(2);
    expect(run('verify', store, '--nonsense').code).toBe(2);
  }, 60_000);

  it('dump shows queues, entries and records with filters', () => {
    const { topic, queueId, messages } = queue;
    const place = ['--topic', topic, '--queue', String(queueId)];
    const entries = lines(run('dump', store, 'entries', ...place, '--from', '2', '--to', '5', '--json').out);
    expect(entries.map((entry) => entry['physicalOffset'])).toEqual(
      messages.slice(2, 5).map(({ physicalOffset }) => physicalOffset),
    );
    const queues = lines(run('dump', store, 'queues', '--topic', topic, '--json').out);
    expect(queues).toContainEqual({ topic, queueId, minOffset: queue.minOffset, maxOffset: queue.maxOffset });
    const key = manifest.keyQueries.find((query) => query.physicalOffsets.length === 1)!;
    const found = lines(run('dump', store, '--topic', key.topic, '--key', key.key, '--json').out);
    expect(found.map((row) => row['physicalOffset'])).toEqual(key.physicalOffsets);
    expect(run('dump', store, 'records', '--limit', '3').out).toContain('physicalOffset');
    expect(run('dump', store, 'index').out).toContain('indexCount');
    expect(run('dump', store, 'checkpoint').out).toContain('physicMsg');
    expect(run('dump', store, 'entries').code).toBe(2);
  }, 60_000);

  it('export writes messages, and goes on where it was interrupted', () => {
    const file = join(temporary, 'messages.jsonl');
    rmSync(file, { force: true });
    const place = ['--topic', queue.topic, '--queue', String(queue.queueId), '-o', file];
    expect(run('export', store, ...place, '--limit', '4').code).toBe(0);
    expect(run('export', store, ...place).code).toBe(2);
    appendFileSync(file, '{"topic":"cut o');
    expect(run('export', store, ...place, '--resume').code).toBe(0);
    const offsets = lines(readFileSync(file, 'utf8')).map((line) => line['queueOffset']);
    expect(offsets).toEqual(queue.messages.map(({ queueOffset }) => queueOffset));
    expect(run('export', store, ...place, '--resume').err).toMatch(/^0 messages/m);
  }, 60_000);

  it('export of the whole log goes on likewise', () => {
    const file = join(temporary, 'all.jsonl');
    rmSync(file, { force: true });
    expect(run('export', store, '-o', file, '--limit', '100', '--body', 'base64').code).toBe(0);
    truncateSync(file, readFileSync(file).length - 20);
    expect(run('export', store, '-o', file, '--resume', '--body', 'base64').code).toBe(0);
    const offsets = lines(readFileSync(file, 'utf8')).map((line) => line['physicalOffset'] as number);
    expect(offsets.length).toBe(637);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
  }, 60_000);

  it('repair says what it would do, does it with --apply, and the store is sound then', () => {
    const path = damage(3);
    const before = readFileSync(path);
    const planned = run('repair', store);
    expect(planned).toMatchObject({ code: 1, out: expect.stringContaining('With --apply this is done') });
    expect(readFileSync(path).equals(before)).toBe(true);
    const { code, out } = run('repair', store, '--apply');
    expect(code).toBe(0);
    const aside = /is kept in (\S+)/.exec(out)![1]!;
    expect(existsSync(join(aside, 'commitlog'))).toBe(true);
    expect(run('verify', store).code).toBe(0);
    expect(run('repair', store).out).toContain('There is nothing to repair');
  }, 60_000);

  it.each(['verify', 'dump', 'export', 'repair'])('%s has help with examples', (command) => {
    expect(run(command, '--help')).toMatchObject({ code: 0, out: expect.stringContaining('Examples:') });
  });
});
