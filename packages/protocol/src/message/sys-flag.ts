import type { CompressionAlgorithm } from '@cometmq/runtime';

/** Bits of a message's sysFlag (remoting-protocol, section 7.2). */
export const SysFlag = {
  COMPRESSED: 0x1,
  MULTI_TAGS: 0x2,
  TRANSACTION_NOT_TYPE: 0,
  TRANSACTION_PREPARED: 0x4,
  TRANSACTION_COMMIT: 0x8,
  TRANSACTION_ROLLBACK: 0xc,
  BORN_HOST_V6: 0x10,
  STORE_HOST_V6: 0x20,
  NEED_UNWRAP: 0x40,
  INNER_BATCH: 0x80,
  COMPRESSION_LZ4: 0x100,
  COMPRESSION_ZSTD: 0x200,
  COMPRESSION_ZLIB: 0x300,
} as const;

const TRANSACTION_MASK = 0xc;
const COMPRESSION_MASK = 0x700;

export type TransactionType = 'none' | 'prepared' | 'commit' | 'rollback';

const TRANSACTION_TYPES = ['none', 'prepared', 'commit', 'rollback'] as const;

export function transactionType(sysFlag: number): TransactionType {
  return TRANSACTION_TYPES[(sysFlag & TRANSACTION_MASK) >> 2]!;
}

export function withTransactionType(sysFlag: number, type: TransactionType): number {
  return (sysFlag & ~TRANSACTION_MASK) | (TRANSACTION_TYPES.indexOf(type) << 2);
}

export const isCompressed = (sysFlag: number): boolean => (sysFlag & SysFlag.COMPRESSED) !== 0;

/** Undefined for type bits that nobody has assigned; no bits at all mean ZLIB, as clients before 4.9.4 wrote it. */
export function compressionAlgorithm(sysFlag: number): CompressionAlgorithm | undefined {
  switch (sysFlag & COMPRESSION_MASK) {
    case 0:
    case SysFlag.COMPRESSION_ZLIB:
      return 'zlib';
    case SysFlag.COMPRESSION_LZ4:
      return 'lz4';
    case SysFlag.COMPRESSION_ZSTD:
      return 'zstd';
    default:
      return undefined;
  }
}

const TYPE_BITS = {
  zlib: SysFlag.COMPRESSION_ZLIB,
  lz4: SysFlag.COMPRESSION_LZ4,
  zstd: SysFlag.COMPRESSION_ZSTD,
} as const;

/** Marks the body as compressed by `algorithm`. */
export function withCompression(sysFlag: number, algorithm: CompressionAlgorithm): number {
  return (sysFlag & ~COMPRESSION_MASK) | SysFlag.COMPRESSED | TYPE_BITS[algorithm];
}

/** Clears the bit only: the type bits stay, as after decoding in Java. */
export const withoutCompressedBit = (sysFlag: number): number => sysFlag & ~SysFlag.COMPRESSED;

/** Sets or clears the two IPv6 bits to fit the hosts (20 bytes = IPv6 with port). */
export function withHostBits(sysFlag: number, bornHost: Uint8Array, storeHost: Uint8Array): number {
  return (
    (sysFlag & ~(SysFlag.BORN_HOST_V6 | SysFlag.STORE_HOST_V6)) |
    (bornHost.length === 20 ? SysFlag.BORN_HOST_V6 : 0) |
    (storeHost.length === 20 ? SysFlag.STORE_HOST_V6 : 0)
  );
}

/** The body holds several messages that the client takes apart: both bits are needed. */
export function isInnerBatch(sysFlag: number): boolean {
  const both = SysFlag.INNER_BATCH | SysFlag.NEED_UNWRAP;
  return (sysFlag & both) === both;
}
