import type { BrokerOptions } from '@cometmq/broker';

/** Files small enough that a run goes through many of them; every acknowledgement waits for the disk. */
export const DURABLE = {
  store: {
    flushDiskType: 'SYNC_FLUSH',
    mappedFileSizeCommitLog: 64 * 1024,
    mappedFileSizeConsumeQueue: 800,
    maxHashSlotNum: 50,
    maxIndexNum: 200,
    // A full disk must not cost messages that nobody has handled.
    cleanFileForciblyEnable: false,
  },
} as const satisfies Omit<BrokerOptions, 'storePathRootDir'>;

/** An acknowledgement says that the operating system has the message: it survives the process, not the power. */
export const IN_KERNEL = {
  store: { ...DURABLE.store, flushDiskType: 'ASYNC_FLUSH' },
} as const satisfies Omit<BrokerOptions, 'storePathRootDir'>;
