import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../summary.mjs', import.meta.url));

type Step = readonly [name: string, code: number, log: string];

/** What the summary says of these steps; its lines without the last but one, which is the time of all. */
function summary(...steps: readonly Step[]): { readonly lines: readonly string[]; readonly code: number | null } {
  const folder = mkdtempSync(join(tmpdir(), 'cometmq-ci-'));
  try {
    for (const [name, , log] of steps) writeFileSync(join(folder, `${name}.log`), log);
    writeFileSync(join(folder, 'steps'), steps.map(([name, code]) => `${name} ${code} 7\n`).join(''));
    const { stdout, status } = spawnSync(process.execPath, [program, folder], { encoding: 'utf8' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.at(-2)).toMatch(/^together +\d+ s$/);
    return { lines: [...lines.slice(0, -2), lines.at(-1)!].map((line) => line.replace(/ +/g, ' ')), code: status };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// As nx prints them: several packages one after the other, in colour.
const vitest = [
  '> nx run @cometmq/a:test',
  '\u001B[2m Test Files \u001B[22m \u001B[1m\u001B[32m3 passed\u001B[39m\u001B[22m\u001B[90m (3)\u001B[39m',
  '\u001B[2m      Tests \u001B[22m \u001B[1m\u001B[32m12 passed\u001B[39m\u001B[22m\u001B[90m (12)\u001B[39m',
  '> nx run @cometmq/b:test  [local cache]',
  ' Test Files  1 failed | 2 passed (3)',
  '      Tests  2 failed | 30 passed | 1 skipped (33)',
  '      Tests  1 failed (1)',
  ' NX   Successfully ran targets build, typecheck, test for 20 projects',
].join('\n');

describe('the summary of a CI run', () => {
  it('adds up what vitest said of every package', () => {
    const { lines, code } = summary(['test', 1, vitest]);
    expect(lines).toEqual(['test 7 s 42 passed, 3 failed ended with 1', '42 passed, 3 failed']);
    expect(code).toBe(1);
  });

  it('adds up what our own programs said, and nothing that only looks like it', () => {
    const log = '    apache: 3 passed, 9 failed\n1 passed, 1 failed of what follows\n160 passed, 0 failed\n';
    const { lines, code } = summary(
      ['conformance', 0, log],
      ['browser', 0, 'ok   sends (3 ms)\n16 passed, 0 failed\n'],
    );
    expect(lines.at(-1)).toBe('176 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('counts a step without tests as one', () => {
    const { lines, code } = summary(['install', 0, 'added 260 packages\n']);
    expect(lines).toEqual(['install 7 s 1 passed, 0 failed', '1 passed, 0 failed']);
    expect(code).toBe(0);
  });

  it('counts a step that broke as failed although its tests passed', () => {
    const { lines, code } = summary(['test', 130, '      Tests  12 passed (12)\n'], ['lint', 1, 'an error\n']);
    expect(lines).toEqual([
      'test 7 s 12 passed, 1 failed ended with 130',
      'lint 7 s 0 passed, 1 failed ended with 1',
      '12 passed, 2 failed',
    ]);
    expect(code).toBe(1);
  });

  it('fails when a program says so but ends with 0', () => {
    expect(summary(['demo', 0, '3 passed, 1 failed\n']).code).toBe(1);
  });

  it('fails when nothing was run', () => {
    expect(summary().lines).toEqual(['0 passed, 1 failed']);
  });
});
