// Written from store-options.ts by `npm run docs`: change that.

/**
 * Settings of a message store, complete. Keys and defaults are those of Apache's MessageStoreConfig where it has one.
 */
export interface StoreSettings {
  /**
   * Directory of the commit log; empty: commitlog in storePathRootDir. Default: empty; one directory (several are not
   * supported).
   */
  readonly storePathCommitLog: string;
  /** Length of a commit log file; a directory keeps the one it was made with. Default: 1 GiB; from 1 KiB. */
  readonly mappedFileSizeCommitLog: number;
  /**
   * Length of a consume queue file, rounded up to a multiple of 20: an entry has 20. Default: 6 000 000 bytes; from 20.
   */
  readonly mappedFileSizeConsumeQueue: number;
  /**
   * Messages can be found by their keys (UNIQ_KEY and KEYS). When it is switched on again the index is completed.
   * Default: true.
   */
  readonly messageIndexEnable: boolean;
  /**
   * Hash slots of an index file, 4 bytes each; those of the newest file are in memory. A directory keeps the number it
   * was made with. Default: 5 000 000 slots; from 1 to 250 000 000.
   */
  readonly maxHashSlotNum: number;
  /**
   * Keys of an index file, 20 bytes each, one less than this; a directory keeps the number it was made with. Slots and
   * entries together make 2 GiB at most. Default: 20 000 000 entries; from 2 to 100 000 000.
   */
  readonly maxIndexNum: number;
  /** What a query by key gives out at most. Default: 64 messages; from 1 to 1024. */
  readonly maxMsgsNumBatch: number;
  /**
   * When a put is acknowledged: ASYNC_FLUSH when the kernel has it (it survives the end of the process), SYNC_FLUSH
   * when the disk has it. With ASYNC_FLUSH a power failure loses up to flushIntervalCommitLog of acknowledged messages.
   * Default: ASYNC_FLUSH.
   */
  readonly flushDiskType: 'ASYNC_FLUSH' | 'SYNC_FLUSH';
  /** Time between flushes of the commit log with ASYNC_FLUSH. Default: 500 ms; from 1 to 3 600 000. */
  readonly flushIntervalCommitLog: number;
  /** Fewer dirty pages are left for a later round. Default: 4 pages of 4096 bytes; from 0 to 1 048 576. */
  readonly flushCommitLogLeastPages: number;
  /** Time after which dirty pages are flushed however few they are. Default: 10 000 ms; from 1 to 3 600 000. */
  readonly flushCommitLogThoroughInterval: number;
  /** Time between writes of consume queue entries from memory to their files. Default: 1000 ms; from 1 to 3 600 000. */
  readonly flushIntervalConsumeQueue: number;
  /**
   * Time between syncs of consume queues and checkpoint: how far back recovery looks after a crash. Default: 60 000 ms;
   * from 1 to 3 600 000.
   */
  readonly flushConsumeQueueThoroughInterval: number;
  /**
   * How long a put waits for the disk with SYNC_FLUSH before it is answered FLUSH_DISK_TIMEOUT. Default: 5000 ms; from
   * 1 to 3 600 000.
   */
  readonly syncFlushTimeout: number;
  /** Puts that may wait for the disk at a time; more are refused. Default: 100 000 puts; from 1. */
  readonly maxWaitingPuts: number;
  /**
   * Largest body of a message; of a batch, of all bodies together. Frames have 16 MiB at most, and every message is in
   * memory as a whole. Default: 4 MiB; from 10 to 1 GiB.
   */
  readonly maxMessageSize: number;
  /**
   * Delays of levels 1, 2, … Messages that wait when it is changed are delivered by the new table. Default: 1s 5s 10s
   * 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h; numbers with s, m, h or d, separated by blanks.
   */
  readonly messageDelayLevel: string;
  /** What one read gives out at most, as long as the messages are in memory. Default: 256 KiB; from 1. */
  readonly maxTransferBytesOnMessageInMemory: number;
  /** What one read gives out at most, as long as the messages are in memory. Default: 32 messages; from 1. */
  readonly maxTransferCountOnMessageInMemory: number;
  /** What one read gives out at most, from the disk. Default: 64 KiB; from 1. */
  readonly maxTransferBytesOnMessageInDisk: number;
  /** What one read gives out at most, from the disk. Default: 8 messages; from 1. */
  readonly maxTransferCountOnMessageInDisk: number;
  /** How far behind the end of the log messages count as "in memory" (in the page cache). Default: 4 GiB; from 0. */
  readonly accessMessageInMemoryMaxBytes: number;
  /** Queue entries that one read looks at when a filter drops messages. Default: 16 000 bytes; from 20. */
  readonly maxFilterMessageSize: number;
  /**
   * Age from which commit log files are removed, counted from their last change. Default: 72 hours; from 0 to 876 000.
   */
  readonly fileReservedTime: number;
  /**
   * Local hours in which expired files are removed, as 04 or 04;12. Default: 04; hours from 00 to 23 separated by ";".
   */
  readonly deleteWhen: string;
  /** Use from which expired files are removed at any hour. Default: 75% of the disk; from 1 to 100. */
  readonly diskMaxUsedSpaceRatio: number;
  /**
   * Use from which files are removed even when they are not expired; more than 85 counts as 85. Default: 85% of the
   * disk; from 1 to 100.
   */
  readonly diskSpaceCleanForciblyRatio: number;
  /**
   * Use from which puts are refused until space is back; more than 90 counts as 90. Default: 90% of the disk; from 1 to
   * 100.
   */
  readonly diskSpaceWarningLevelRatio: number;
  /** Files that are not expired may be removed when the disk is full. Default: true. */
  readonly cleanFileForciblyEnable: boolean;
  /** Time between looks at age and disk space; 0: never. Default: 10 000 ms; from 0 to 3 600 000. */
  readonly cleanResourceInterval: number;
  /** What one round removes at most. Default: 10 files; from 1 to 1 048 576. */
  readonly deleteFileBatchMax: number;
  /**
   * Bound on the memory in which the newest records stay; it is taken as the log grows. Default: 64 MiB; from 1 KiB to
   * 16 GiB.
   */
  readonly recentLogMaxBytes: number;
  /** Bound on the memory of the newest consume queue entries. Default: 32 MiB; from 1 KiB to 16 GiB. */
  readonly maxQueueTailBytes: number;
  /**
   * Open files at a time, log and queues together; connections need theirs besides. Default: 512 files; from 8 to 1 048
   * 576.
   */
  readonly maxOpenFiles: number;
  /**
   * After a crash, a store opens whose commit log is damaged before its last flushed message. What stands behind the
   * damage is lost. Default: false.
   */
  readonly truncateDamagedCommitLog: boolean;
}
