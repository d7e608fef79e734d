import { describe, expect, it } from 'vitest';
import {
  SysFlag,
  compressionAlgorithm,
  isInnerBatch,
  transactionType,
  withCompression,
  withHostBits,
  withTransactionType,
} from '../../src/message/sys-flag.js';

describe('sysFlag', () => {
  it('changes only the bits it means', () => {
    const all = 0x7ff;
    for (const type of ['none', 'prepared', 'commit', 'rollback'] as const) {
      expect(transactionType(withTransactionType(all, type))).toBe(type);
      expect(withTransactionType(all, type) & ~0xc).toBe(all & ~0xc);
    }
    expect(withCompression(0x2, 'zlib')).toBe(0x303);
    expect(withCompression(0x700, 'lz4')).toBe(0x101);
  });

  it('knows the compression types', () => {
    expect([0, 0x100, 0x200, 0x300, 0x400].map(compressionAlgorithm)).toEqual([
      'zlib',
      'lz4',
      'zstd',
      'zlib',
      undefined,
    ]);
  });

  it('follows the hosts', () => {
    const v4 = new Uint8Array(8);
    const v6 = new Uint8Array(20);
    expect(withHostBits(0x31, v4, v4)).toBe(0x1);
    expect(withHostBits(0, v6, v4)).toBe(SysFlag.BORN_HOST_V6);
    expect(withHostBits(0, v4, v6)).toBe(SysFlag.STORE_HOST_V6);
  });

  it('needs both bits for an inner batch', () => {
    expect([0x40, 0x80, 0xc0].map(isInnerBatch)).toEqual([false, false, true]);
  });
});
