import type { HostBytes } from '@cometmq/protocol';
import type { Lifecycle, Watermark } from '@cometmq/runtime';

/** What the broker hands to the store: the message as it shall stand in the log, without what the store itself assigns. */
export interface MessageToStore {
  readonly topic: string;
  readonly queueId: number;
  readonly flag: number;
  /** Without the IPv6 bits: the store sets them from the hosts. */
  readonly sysFlag: number;
  readonly bornTimestamp: number;
  readonly bornHost: HostBytes;
  readonly reconsumeTimes: number;
  /** Commit log offset of the half message for committed transactions, else 0. */
  readonly preparedTransactionOffset: number;
  readonly body: Uint8Array;
  /** Final property text. */
  readonly properties: string;
  /** What the caller has found in the properties already; else the store looks itself. */
  readonly found?: FoundProperties | undefined;
}

/** Values of the properties that the store acts on; undefined for those that are not there. */
export interface FoundProperties {
  readonly uniqKey: string | undefined;
  readonly keys: string | undefined;
  readonly tags: string | undefined;
}

/** Apache's PutMessageStatus, as far as the store itself produces it. */
export type PutStatus =
  | 'PUT_OK'
  | 'FLUSH_DISK_TIMEOUT'
  | 'FLUSH_SLAVE_TIMEOUT'
  | 'SLAVE_NOT_AVAILABLE'
  | 'IN_SYNC_REPLICAS_NOT_ENOUGH'
  | 'MESSAGE_ILLEGAL'
  | 'PROPERTIES_SIZE_EXCEEDED'
  | 'SERVICE_NOT_AVAILABLE'
  | 'CREATE_MAPPED_FILE_FAILED'
  | 'UNKNOWN_ERROR';

/** Stored (the first four statuses of PutStatus), with what the store assigned. */
export interface Stored {
  readonly status: 'PUT_OK' | 'FLUSH_DISK_TIMEOUT' | 'FLUSH_SLAVE_TIMEOUT' | 'SLAVE_NOT_AVAILABLE';
  /** Of the first message of a batch. */
  readonly queueOffset: number;
  readonly physicalOffset: number;
  /** One for a message, all for a batch. */
  readonly physicalOffsets: readonly number[];
  readonly storeTimestamp: number;
}

export interface Refused {
  readonly status: Exclude<PutStatus, Stored['status']>;
  /** For people: what was wrong and what helps. */
  readonly reason: string;
}

export type PutResult = Stored | Refused;

/** Decides by the queue entry alone, and then, if wanted, by the record. */
export interface MessageFilter {
  /** `tagsCode`: the entry's value (a hash; a deliver time in the delay topic). */
  matchesEntry(tagsCode: number): boolean;
  matchesRecord?(record: Uint8Array): boolean;
}

export interface ReadRequest {
  readonly topic: string;
  readonly queueId: number;
  readonly offset: number;
  readonly maxMessages: number;
  /** Bound on the sum of record sizes; the first record always passes. */
  readonly maxBytes: number;
  readonly filter?: MessageFilter | undefined;
}

/** Apache's GetMessageStatus (broker-semantics, 2.2). */
export type ReadStatus =
  | 'FOUND'
  | 'NO_MATCHED_MESSAGE'
  | 'MESSAGE_WAS_REMOVING'
  | 'OFFSET_FOUND_NULL'
  | 'OFFSET_OVERFLOW_BADLY'
  | 'OFFSET_OVERFLOW_ONE'
  | 'OFFSET_TOO_SMALL'
  | 'NO_MATCHED_LOGIC_QUEUE'
  | 'NO_MESSAGE_IN_QUEUE';

export interface ReadResult {
  readonly status: ReadStatus;
  /** Where the reader goes on. */
  readonly nextOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  /** Whole records, unchanged, in queue order; views that stay valid. */
  readonly records: readonly Uint8Array[];
  readonly bytes: number;
}

/** One entry of a consume queue. */
export interface QueueEntry {
  readonly physicalOffset: number;
  readonly size: number;
  readonly tagsCode: number;
}

export interface MessageWriter {
  /**
   * Appends one message. Resolves when it is as safe as the flush mode asks (in the kernel for async flush, on the disk
   * for sync flush); `waitStoreOk` false does not wait for the disk. Never rejects because of the message or the disk.
   */
  put(message: MessageToStore, options?: { readonly waitStoreOk?: boolean }): Promise<PutResult>;
  /** As `put`, for the hot path: `done` is called once with the result, perhaps before this returns. It must not throw. */
  append(message: MessageToStore, waitStoreOk: boolean, done: (result: PutResult) => void): void;
  /** Appends messages of one topic and queue side by side, all or none. */
  putBatch(messages: readonly MessageToStore[], options?: { readonly waitStoreOk?: boolean }): Promise<PutResult>;
}

export interface MessageReader {
  /** Synchronously what is in memory, else a promise: a hot read costs no turn of the event loop. */
  read(request: ReadRequest): ReadResult | Promise<ReadResult>;
  /** The whole record that starts at a commit log offset, or undefined when none does. */
  recordAt(physicalOffset: number): Promise<Uint8Array | undefined>;
  entryAt(topic: string, queueId: number, offset: number): Promise<QueueEntry | undefined>;
  /** Store time of the message at a queue offset; undefined when it is gone. */
  storeTimestampAt(topic: string, queueId: number, offset: number): Promise<number | undefined>;
}

export interface QueueOffsets {
  /** 0 when the queue does not exist. */
  minOffset(topic: string, queueId: number): number;
  /** One past the newest readable message; 0 when the queue does not exist. */
  maxOffset(topic: string, queueId: number): number;
  /** The first offset whose store time is >= `timestamp` (LOWER) or the last with <= (UPPER), as Apache's search does. */
  offsetByTimestamp(topic: string, queueId: number, timestamp: number, boundary?: 'LOWER' | 'UPPER'): Promise<number>;
  /** Its value is `maxOffset`: what a long poll waits for. */
  queueEnd(topic: string, queueId: number): Watermark;
  /** True when the entry's record is still in memory (the "offset 0 is in memory" rule of QUERY_CONSUMER_OFFSET). */
  isInMemory(topic: string, queueId: number, offset: number): boolean;
  /** Every queue that exists. */
  queues(): Iterable<{ readonly topic: string; readonly queueId: number }>;
}

export interface KeyQueryResult {
  /** Whole records, unchanged, oldest first. Those of other keys with the same hash are among them. */
  readonly records: readonly Uint8Array[];
  /** Store time and position of the newest message in the index; 0 when the index has nothing for the key. */
  readonly indexLastUpdateTimestamp: number;
  readonly indexLastUpdatePhyoffset: number;
}

/** Finds messages by what their producers call them: UNIQ_KEY and the words of KEYS. */
export interface MessageIndex {
  /**
   * Messages of a topic with a key, stored from `begin` to `end` (ms, to the second), the newest `maxNum` of them; never
   * more than maxMsgsNumBatch, nor than one frame can carry. Rejects with DiskError when the index cannot be read.
   */
  queryByKey(topic: string, key: string, maxNum: number, begin: number, end: number): Promise<KeyQueryResult>;
  /** Messages below this position of the log are in the index; it follows the log's end. */
  indexedOffset(): number;
}

/** Whether writes are taken, and if not, why. */
export type StoreCondition = { readonly writable: true } | { readonly writable: false; readonly reason: string };

export interface StoreStatus {
  readonly condition: StoreCondition;
  readonly commitLogMinOffset: number;
  readonly commitLogMaxOffset: number;
  readonly flushedOffset: number;
  /** Bytes of the log that have not reached queues yet. */
  readonly dispatchBehindBytes: number;
  readonly earliestMessageTimestamp: number;
  readonly diskUsedRatio: number;
}

/** Messages on disk; knows no connection and no consumer. */
export interface MessageStore extends Lifecycle, MessageWriter, MessageReader, QueueOffsets, MessageIndex {
  status(): StoreStatus;
  /** Removes the queues of a topic; the log keeps its records until they expire. */
  deleteTopic(topic: string): Promise<void>;
  /** Removes expired segments now, as the hourly task does. Returns how many files went. */
  deleteExpired(): Promise<number>;
}
