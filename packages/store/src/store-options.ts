import { DEFAULT_DELAY_LEVELS, type HostBytes } from '@cometmq/protocol';
import { assert, completeOptions, defineOptions, type GivenOptions, OptionsError } from '@cometmq/runtime';
import { indexFileBytes } from './index/index-layout.js';
import type { StoreSettings } from './store-settings.js';

const INT_MAX = 2 ** 31 - 1;
const HOUR_MS = 3_600_000;

/** Settings of a message store. Keys and defaults are those of Apache's MessageStoreConfig where it has one. */
export const storeOptions = defineOptions({
  storePathCommitLog: {
    type: 'string',
    default: '',
    pattern: /^[^,]*$/,
    form: 'one directory (several are not supported)',
    atStart: true,
    meaning: 'Directory of the commit log; empty: commitlog in storePathRootDir.',
  },
  mappedFileSizeCommitLog: {
    type: 'int',
    unit: 'bytes',
    default: 1 << 30,
    min: 1024,
    atStart: true,
    meaning: 'Length of a commit log file; a directory keeps the one it was made with.',
  },
  mappedFileSizeConsumeQueue: {
    type: 'int',
    unit: 'bytes',
    default: 6_000_000,
    min: 20,
    atStart: true,
    meaning: 'Length of a consume queue file, rounded up to a multiple of 20: an entry has 20.',
  },
  messageIndexEnable: {
    type: 'boolean',
    default: true,
    atStart: true,
    meaning:
      'Messages can be found by their keys (UNIQ_KEY and KEYS). When it is switched on again the index is completed.',
  },
  maxHashSlotNum: {
    type: 'int',
    unit: 'slots',
    default: 5_000_000,
    min: 1,
    max: 250_000_000,
    atStart: true,
    meaning:
      'Hash slots of an index file, 4 bytes each; those of the newest file are in memory. A directory keeps the number it was made with.',
  },
  maxIndexNum: {
    type: 'int',
    unit: 'entries',
    default: 20_000_000,
    min: 2,
    max: 100_000_000,
    atStart: true,
    meaning:
      'Keys of an index file, 20 bytes each, one less than this; a directory keeps the number it was made with. Slots and entries together make 2 GiB at most.',
  },
  maxMsgsNumBatch: {
    type: 'int',
    unit: 'messages',
    default: 64,
    min: 1,
    max: 1024,
    atStart: true,
    meaning: 'What a query by key gives out at most.',
  },
  flushDiskType: {
    type: 'enum',
    values: ['ASYNC_FLUSH', 'SYNC_FLUSH'],
    default: 'ASYNC_FLUSH',
    atStart: true,
    meaning:
      'When a put is acknowledged: ASYNC_FLUSH when the kernel has it (it survives the end of the process), SYNC_FLUSH when the disk has it.',
    danger: 'With ASYNC_FLUSH a power failure loses up to flushIntervalCommitLog of acknowledged messages.',
  },
  flushIntervalCommitLog: {
    type: 'int',
    unit: 'ms',
    default: 500,
    min: 1,
    max: HOUR_MS,
    atStart: true,
    meaning: 'Time between flushes of the commit log with ASYNC_FLUSH.',
  },
  flushCommitLogLeastPages: {
    type: 'int',
    unit: 'pages of 4096 bytes',
    default: 4,
    min: 0,
    max: 1 << 20,
    atStart: true,
    meaning: 'Fewer dirty pages are left for a later round.',
  },
  flushCommitLogThoroughInterval: {
    type: 'int',
    unit: 'ms',
    default: 10_000,
    min: 1,
    max: HOUR_MS,
    atStart: true,
    meaning: 'Time after which dirty pages are flushed however few they are.',
  },
  flushIntervalConsumeQueue: {
    type: 'int',
    unit: 'ms',
    default: 1000,
    min: 1,
    max: HOUR_MS,
    atStart: true,
    meaning: 'Time between writes of consume queue entries from memory to their files.',
  },
  flushConsumeQueueThoroughInterval: {
    type: 'int',
    unit: 'ms',
    default: 60_000,
    min: 1,
    max: HOUR_MS,
    atStart: true,
    meaning: 'Time between syncs of consume queues and checkpoint: how far back recovery looks after a crash.',
  },
  syncFlushTimeout: {
    type: 'int',
    unit: 'ms',
    default: 5000,
    min: 1,
    max: HOUR_MS,
    atStart: true,
    meaning: 'How long a put waits for the disk with SYNC_FLUSH before it is answered FLUSH_DISK_TIMEOUT.',
  },
  maxWaitingPuts: {
    type: 'int',
    unit: 'puts',
    default: 100_000,
    min: 1,
    atStart: true,
    meaning: 'Puts that may wait for the disk at a time; more are refused.',
  },
  maxMessageSize: {
    type: 'int',
    unit: 'bytes',
    default: 4 << 20,
    min: 10,
    max: 2 ** 30,
    meaning: 'Largest body of a message; of a batch, of all bodies together.',
    danger: 'Frames have 16 MiB at most, and every message is in memory as a whole.',
  },
  messageDelayLevel: {
    type: 'string',
    default: DEFAULT_DELAY_LEVELS,
    pattern: /^\d{1,10}[smhd]( +\d{1,10}[smhd])*$/,
    form: 'numbers with s, m, h or d, separated by blanks',
    atStart: true,
    meaning: 'Delays of levels 1, 2, …',
    danger: 'Messages that wait when it is changed are delivered by the new table.',
  },

  maxTransferBytesOnMessageInMemory: {
    type: 'int',
    unit: 'bytes',
    default: 256 << 10,
    min: 1,
    atStart: true,
    meaning: 'What one read gives out at most, as long as the messages are in memory.',
  },
  maxTransferCountOnMessageInMemory: {
    type: 'int',
    unit: 'messages',
    default: 32,
    min: 1,
    atStart: true,
    meaning: 'What one read gives out at most, as long as the messages are in memory.',
  },
  maxTransferBytesOnMessageInDisk: {
    type: 'int',
    unit: 'bytes',
    default: 64 << 10,
    min: 1,
    atStart: true,
    meaning: 'What one read gives out at most, from the disk.',
  },
  maxTransferCountOnMessageInDisk: {
    type: 'int',
    unit: 'messages',
    default: 8,
    min: 1,
    atStart: true,
    meaning: 'What one read gives out at most, from the disk.',
  },
  accessMessageInMemoryMaxBytes: {
    type: 'long',
    unit: 'bytes',
    default: 4 * 2 ** 30,
    min: 0,
    atStart: true,
    meaning: 'How far behind the end of the log messages count as "in memory" (in the page cache).',
  },
  maxFilterMessageSize: {
    type: 'int',
    unit: 'bytes',
    default: 16_000,
    min: 20,
    atStart: true,
    meaning: 'Queue entries that one read looks at when a filter drops messages.',
  },

  fileReservedTime: {
    type: 'int',
    unit: 'hours',
    default: 72,
    min: 0,
    max: 24 * 36_500,
    atStart: true,
    meaning: 'Age from which commit log files are removed, counted from their last change.',
  },
  deleteWhen: {
    type: 'string',
    default: '04',
    pattern: /^ *([01]?\d|2[0-3]) *(; *([01]?\d|2[0-3]) *)*$/,
    form: 'hours from 00 to 23 separated by ";"',
    atStart: true,
    meaning: 'Local hours in which expired files are removed, as 04 or 04;12.',
  },
  diskMaxUsedSpaceRatio: {
    type: 'int',
    unit: '% of the disk',
    default: 75,
    min: 1,
    max: 100,
    atStart: true,
    meaning: 'Use from which expired files are removed at any hour.',
  },
  diskSpaceCleanForciblyRatio: {
    type: 'int',
    unit: '% of the disk',
    default: 85,
    min: 1,
    max: 100,
    atStart: true,
    meaning: 'Use from which files are removed even when they are not expired; more than 85 counts as 85.',
  },
  diskSpaceWarningLevelRatio: {
    type: 'int',
    unit: '% of the disk',
    default: 90,
    min: 1,
    max: 100,
    atStart: true,
    meaning: 'Use from which puts are refused until space is back; more than 90 counts as 90.',
  },
  cleanFileForciblyEnable: {
    type: 'boolean',
    default: true,
    atStart: true,
    meaning: 'Files that are not expired may be removed when the disk is full.',
  },
  cleanResourceInterval: {
    type: 'int',
    unit: 'ms',
    default: 10_000,
    min: 0,
    max: HOUR_MS,
    atStart: true,
    meaning: 'Time between looks at age and disk space; 0: never.',
  },
  deleteFileBatchMax: {
    type: 'int',
    unit: 'files',
    default: 10,
    min: 1,
    max: 1 << 20,
    atStart: true,
    meaning: 'What one round removes at most.',
  },

  recentLogMaxBytes: {
    type: 'long',
    unit: 'bytes',
    default: 64 << 20,
    min: 1024,
    max: 2 ** 34,
    atStart: true,
    meaning: 'Bound on the memory in which the newest records stay; it is taken as the log grows.',
  },
  maxQueueTailBytes: {
    type: 'long',
    unit: 'bytes',
    default: 32 << 20,
    min: 1024,
    max: 2 ** 34,
    atStart: true,
    meaning: 'Bound on the memory of the newest consume queue entries.',
  },
  maxOpenFiles: {
    type: 'int',
    unit: 'files',
    default: 512,
    min: 8,
    max: 1 << 20,
    atStart: true,
    meaning: 'Open files at a time, log and queues together; connections need theirs besides.',
  },
  truncateDamagedCommitLog: {
    type: 'boolean',
    default: false,
    atStart: true,
    meaning: 'After a crash, a store opens whose commit log is damaged before its last flushed message.',
    danger: 'What stands behind the damage is lost.',
  },
});

/** What a store is made from. */
export interface MessageStoreOptions extends GivenOptions<StoreSettings> {
  /** Directory of the store; made when it is missing. */
  readonly storePathRootDir: string;
  /** brokerIP1 and listenPort, as they stand in every record and in message ids. */
  readonly storeHost: HostBytes;
}

/** All options, with their defaults. */
export type ResolvedStoreOptions = StoreSettings & Pick<MessageStoreOptions, 'storePathRootDir' | 'storeHost'>;

/** Fills in the defaults. Throws OptionsError. */
export function resolveStoreOptions(options: MessageStoreOptions): ResolvedStoreOptions {
  const { storePathRootDir, storeHost } = options;
  if (storePathRootDir === '') {
    throw new OptionsError([
      { key: 'storePathRootDir', given: '', source: 'options', allowed: 'the name of a directory' },
    ]);
  }
  assert(storeHost.length === 8 || storeHost.length === 20, 'storeHost comes from hostBytes(address, port)');
  const settings: StoreSettings = completeOptions(storeOptions, options);
  if (indexFileBytes(settings) > INT_MAX) {
    const { maxIndexNum } = settings;
    throw new OptionsError([
      {
        key: 'maxIndexNum',
        given: String(maxIndexNum),
        source: 'options',
        allowed: 'as many as fit into an index file of 2 GiB together with maxHashSlotNum slots',
      },
    ]);
  }
  const storePathCommitLog = settings.storePathCommitLog || `${storePathRootDir}/commitlog`;
  return { ...settings, storePathCommitLog, storePathRootDir, storeHost };
}

/** `04;12` → the hours 4 and 12. */
export function deletionHours(deleteWhen: string): ReadonlySet<number> {
  return new Set(deleteWhen.split(';').map(Number));
}
