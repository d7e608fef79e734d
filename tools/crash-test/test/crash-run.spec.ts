import { describe, expect, it } from 'vitest';
import { crashRun } from '../src/crash-run.js';
import { buildCommand, temporaryStore } from './built.js';

buildCommand();

describe.each(['ASYNC_FLUSH', 'SYNC_FLUSH'] as const)('a server with %s', (flushDiskType) => {
  it('that is killed at any moment has lost nothing it acknowledged or showed', async () => {
    const kills = 8;
    const report = await crashRun({ kills, flushDiskType, seed: 5, storeDir: temporaryStore() });
    expect(report.lost).toEqual([]);
    expect(report.contradictions).toEqual([]);
    expect(Object.values(report.kills).reduce((sum, count) => sum + count, 0)).toBe(kills);
    expect(report.acknowledged).toBeGreaterThan(100);
    expect(report.seen).toBeGreaterThan(100);
  }, 60_000);
});
