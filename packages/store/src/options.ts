import { DEFAULT_DELAY_LEVELS, type HostBytes } from '@cometmq/protocol';
import { StoreError } from './store-error.js';

/** Options of a message store. Keys and defaults are those of Apache's MessageStoreConfig where it has one. */
export interface MessageStoreOptions {
  /** Directory of the store; made when it is missing. */
  readonly storePathRootDir: string;
  /** Directory of the commit log. Default: `commitlog` in `storePathRootDir`. */
  readonly storePathCommitLog?: string | undefined;
  /** brokerIP1 and listenPort, as they stand in every record and in message ids. */
  readonly storeHost: HostBytes;
  /** Bytes per commit log file; a directory keeps the size it was made with. Default 1 GiB, at least 1024. */
  readonly mappedFileSizeCommitLog?: number | undefined;
  /** Bytes per consume queue file, rounded up to a multiple of 20. Default 6 000 000 (300 000 entries). */
  readonly mappedFileSizeConsumeQueue?: number | undefined;
  /**
   * When a put is acknowledged: ASYNC_FLUSH (default) when the kernel has it (it survives the end of the process, not a
   * power failure), SYNC_FLUSH when the disk has it.
   */
  readonly flushDiskType?: 'ASYNC_FLUSH' | 'SYNC_FLUSH' | undefined;
  /** ms between flushes of the commit log with ASYNC_FLUSH. Default 500. */
  readonly flushIntervalCommitLog?: number | undefined;
  /** Fewer dirty pages of 4096 bytes are left for a later round. Default 4. */
  readonly flushCommitLogLeastPages?: number | undefined;
  /** ms after which dirty pages are flushed however few they are. Default 10 000. */
  readonly flushCommitLogThoroughInterval?: number | undefined;
  /** ms between writes of consume queue entries from memory to their files. Default 1000. */
  readonly flushIntervalConsumeQueue?: number | undefined;
  /** ms between syncs of consume queues and checkpoint: how far back recovery looks after a crash. Default 60 000. */
  readonly flushConsumeQueueThoroughInterval?: number | undefined;
  /** ms a put waits for the disk with SYNC_FLUSH before it is answered FLUSH_DISK_TIMEOUT. Default 5000. */
  readonly syncFlushTimeout?: number | undefined;
  /** Puts that may wait for the disk at a time; more are refused. Default 100 000. */
  readonly maxWaitingPuts?: number | undefined;
  /** Largest body in bytes; of a batch, of all bodies together. Default 4 MiB, at least 10. */
  readonly maxMessageSize?: number | undefined;
  /** Delays of levels 1, 2, …: numbers with s, m, h or d. Default `1s 5s 10s 30s 1m … 2h`. */
  readonly messageDelayLevel?: string | undefined;

  /** Bytes of messages per read, as long as they are in memory. Default 256 KiB. */
  readonly maxTransferBytesOnMessageInMemory?: number | undefined;
  /** Messages per read, as long as they are in memory. Default 32. */
  readonly maxTransferCountOnMessageInMemory?: number | undefined;
  /** Bytes of messages per read from the disk. Default 64 KiB. */
  readonly maxTransferBytesOnMessageInDisk?: number | undefined;
  /** Messages per read from the disk. Default 8. */
  readonly maxTransferCountOnMessageInDisk?: number | undefined;
  /** How far behind the end of the log messages count as "in memory" (in the page cache), in bytes. Default 4 GiB. */
  readonly accessMessageInMemoryMaxBytes?: number | undefined;
  /** Bytes of queue entries that one read looks at when a filter drops messages. Default 16 000. */
  readonly maxFilterMessageSize?: number | undefined;

  /** Hours after which commit log files are removed, counted from their last change. Default 72. */
  readonly fileReservedTime?: number | undefined;
  /** Local hours in which expired files are removed, `04` or `04;12`. Default `04`. */
  readonly deleteWhen?: string | undefined;
  /** Percentage of the disk from which expired files are removed at any hour. Default 75. */
  readonly diskMaxUsedSpaceRatio?: number | undefined;
  /** Percentage from which files are removed even when they are not expired. Default 85. */
  readonly diskSpaceCleanForciblyRatio?: number | undefined;
  /** Percentage from which puts are refused until space is back. Default 90. */
  readonly diskSpaceWarningLevelRatio?: number | undefined;
  /** Whether files that are not expired may be removed when the disk is full. Default true. */
  readonly cleanFileForciblyEnable?: boolean | undefined;
  /** ms between looks at age and disk space; 0: never. Default 10 000. */
  readonly cleanResourceInterval?: number | undefined;
  /** Files that one round removes at most. Default 10. */
  readonly deleteFileBatchMax?: number | undefined;

  /** Bound on the memory in which the newest records stay, in bytes; it is taken as the log grows. Default 64 MiB. */
  readonly recentLogMaxBytes?: number | undefined;
  /** Bound on the memory of the newest consume queue entries, in bytes. Default 32 MiB. */
  readonly maxQueueTailBytes?: number | undefined;
  /** Open files at a time, log and queues together; connections need theirs besides. Default 512. */
  readonly maxOpenFiles?: number | undefined;
  /**
   * After a crash, whether to open a store whose commit log is damaged before its last flushed message, losing what stands
   * behind the damage. Default false: such a store does not open.
   */
  readonly truncateDamagedCommitLog?: boolean | undefined;
}

/** All options, with their defaults. */
export type ResolvedStoreOptions = { readonly [K in keyof MessageStoreOptions]-?: NonNullable<MessageStoreOptions[K]> };

const DEFAULTS = {
  mappedFileSizeCommitLog: 1 << 30,
  mappedFileSizeConsumeQueue: 6_000_000,
  flushDiskType: 'ASYNC_FLUSH',
  flushIntervalCommitLog: 500,
  flushCommitLogLeastPages: 4,
  flushCommitLogThoroughInterval: 10_000,
  flushIntervalConsumeQueue: 1000,
  flushConsumeQueueThoroughInterval: 60_000,
  syncFlushTimeout: 5000,
  maxWaitingPuts: 100_000,
  maxMessageSize: 4 << 20,
  messageDelayLevel: DEFAULT_DELAY_LEVELS,
  maxTransferBytesOnMessageInMemory: 256 << 10,
  maxTransferCountOnMessageInMemory: 32,
  maxTransferBytesOnMessageInDisk: 64 << 10,
  maxTransferCountOnMessageInDisk: 8,
  accessMessageInMemoryMaxBytes: 4 * 2 ** 30,
  maxFilterMessageSize: 16_000,
  fileReservedTime: 72,
  deleteWhen: '04',
  diskMaxUsedSpaceRatio: 75,
  diskSpaceCleanForciblyRatio: 85,
  diskSpaceWarningLevelRatio: 90,
  cleanFileForciblyEnable: true,
  cleanResourceInterval: 10_000,
  deleteFileBatchMax: 10,
  recentLogMaxBytes: 64 << 20,
  maxQueueTailBytes: 32 << 20,
  maxOpenFiles: 512,
  truncateDamagedCommitLog: false,
} as const;

/** [lowest, highest] of the numbers; integers all. */
const RANGES: Readonly<Partial<Record<keyof MessageStoreOptions, readonly [number, number]>>> = {
  mappedFileSizeCommitLog: [1024, 2 ** 31 - 1],
  mappedFileSizeConsumeQueue: [20, 2 ** 31 - 1],
  flushIntervalCommitLog: [1, 3_600_000],
  flushCommitLogLeastPages: [0, 1 << 20],
  flushCommitLogThoroughInterval: [1, 3_600_000],
  flushIntervalConsumeQueue: [1, 3_600_000],
  flushConsumeQueueThoroughInterval: [1, 3_600_000],
  syncFlushTimeout: [1, 3_600_000],
  maxWaitingPuts: [1, 2 ** 31 - 1],
  maxMessageSize: [10, 2 ** 30],
  maxTransferBytesOnMessageInMemory: [1, 2 ** 31 - 1],
  maxTransferCountOnMessageInMemory: [1, 2 ** 31 - 1],
  maxTransferBytesOnMessageInDisk: [1, 2 ** 31 - 1],
  maxTransferCountOnMessageInDisk: [1, 2 ** 31 - 1],
  accessMessageInMemoryMaxBytes: [0, Number.MAX_SAFE_INTEGER],
  maxFilterMessageSize: [20, 2 ** 31 - 1],
  fileReservedTime: [0, 24 * 36_500],
  diskMaxUsedSpaceRatio: [1, 100],
  diskSpaceCleanForciblyRatio: [1, 100],
  diskSpaceWarningLevelRatio: [1, 100],
  cleanResourceInterval: [0, 3_600_000],
  deleteFileBatchMax: [1, 1 << 20],
  recentLogMaxBytes: [1024, 2 ** 34],
  maxQueueTailBytes: [1024, 2 ** 34],
  maxOpenFiles: [8, 1 << 20],
};

/** Fills in the defaults. Throws StoreError OPTIONS naming the key and its range. */
export function resolveOptions(options: MessageStoreOptions): ResolvedStoreOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const resolved = {
    ...DEFAULTS,
    storePathCommitLog: `${options.storePathRootDir}/commitlog`,
    ...given,
  } as ResolvedStoreOptions;
  if (resolved.storePathRootDir === '') throw new StoreError('OPTIONS', 'storePathRootDir must name a directory');
  if (resolved.storePathCommitLog.includes(',')) {
    throw new StoreError('OPTIONS', 'storePathCommitLog: several directories are not supported, name one');
  }
  if (resolved.storeHost.length !== 8 && resolved.storeHost.length !== 20) {
    throw new StoreError('OPTIONS', 'storeHost must be the 8 or 20 bytes of hostBytes(address, port)');
  }
  for (const [key, range] of Object.entries(RANGES)) checkRange(key, resolved[key as keyof typeof RANGES], range);
  parseHours(resolved.deleteWhen);
  return resolved;
}

function checkRange(key: string, value: unknown, [lowest, highest]: readonly [number, number]): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= lowest && value <= highest) return;
  throw new StoreError('OPTIONS', `${key} must be an integer from ${lowest} to ${highest}, not ${String(value)}`);
}

/** `04;12` → the hours 4 and 12. */
export function parseHours(deleteWhen: string): ReadonlySet<number> {
  const hours = deleteWhen.split(';').map((hour) => (/^\d{1,2}$/.test(hour.trim()) ? Number(hour) : Number.NaN));
  if (hours.every((hour) => hour <= 23)) return new Set(hours);
  throw new StoreError('OPTIONS', `deleteWhen must be hours from 00 to 23 separated by ";", not "${deleteWhen}"`);
}

/** Whether a key of broker.conf is an option of the store. */
export function isStoreOption(key: string): key is keyof typeof DEFAULTS | 'storePathCommitLog' {
  return Object.hasOwn(DEFAULTS, key) || key === 'storePathCommitLog';
}

/** Reads the text of one option, as it stands in a properties file. Throws StoreError OPTIONS. */
export function parseStoreOption(
  key: keyof typeof DEFAULTS | 'storePathCommitLog',
  text: string,
): string | number | boolean {
  const fallback: string | number | boolean = key === 'storePathCommitLog' ? '' : DEFAULTS[key];
  const trimmed = text.trim();
  if (typeof fallback === 'number') {
    if (!/^-?\d{1,16}$/.test(trimmed)) throw new StoreError('OPTIONS', `${key} must be a whole number, not "${text}"`);
    const range = RANGES[key as keyof typeof RANGES];
    if (range !== undefined) checkRange(key, Number(trimmed), range);
    return Number(trimmed);
  }
  if (typeof fallback === 'boolean') {
    if (!/^(true|false)$/i.test(trimmed))
      throw new StoreError('OPTIONS', `${key} must be true or false, not "${text}"`);
    return trimmed.toLowerCase() === 'true';
  }
  if (key === 'flushDiskType' && trimmed !== 'ASYNC_FLUSH' && trimmed !== 'SYNC_FLUSH') {
    throw new StoreError('OPTIONS', `flushDiskType must be ASYNC_FLUSH or SYNC_FLUSH, not "${text}"`);
  }
  return trimmed;
}
