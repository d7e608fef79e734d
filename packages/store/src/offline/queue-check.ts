import {
  findProperty,
  isInnerBatch,
  MessageProperty,
  recordProperties,
  recordQueueId,
  recordQueueOffset,
  recordStoreTimestamp,
  recordSysFlag,
  recordTopic,
  SystemTopic,
  transactionType,
} from '@cometmq/protocol';
import { isQueueName } from '../admission.js';
import type { EntryBlock } from '../consume-queue/queue-entry.js';
import type { TagsCodes } from '../consume-queue/tags-code.js';
import type { QueueRow } from './queue-row.js';
import type { RecordSource } from './record-source.js';
import type { Findings } from './report.js';
import type { StoreFiles } from './store-files.js';

const LIGHT_QUEUE_PREFIX = '%LMQ%';
const BLOCK_ENTRIES = 128;
/** Queues whose entries are in memory at a time. */
const MAX_BLOCKS = 4096;
/** Smaller values are addresses in a consume queue ext (store-format, section 5). */
const EXT_ADDRESS = -2_147_483_649;

interface QueueState {
  readonly row: QueueRow;
  block: EntryBlock | undefined;
  /** Queue offsets of the first and last message whose entry was found. */
  first: number;
  last: number;
  /** Entries that lead to their message. */
  matched: number;
  /** The first message without an entry, and how many there are. */
  missing: number;
  missingCount: number;
  damaged: boolean;
}

export interface QueueCheckParts {
  readonly files: StoreFiles;
  readonly findings: Findings;
  readonly source: RecordSource;
  readonly tagsCodes: TagsCodes;
}

/** Compares queue entries with the messages of the log, which come by in order. */
export class QueueCheck {
  readonly #states = new Map<string, QueueState>();
  readonly #withBlock = new Set<QueueState>();
  readonly #withoutQueue = new Map<string, number>();
  entries = 0;

  constructor(private readonly parts: QueueCheckParts) {
    const fileSize = parts.files.queueFileSize();
    for (const { topic, queueId } of parts.files.queueNames()) {
      const row = parts.files.queue(topic, queueId, fileSize);
      const state = {
        row,
        block: undefined,
        first: -1,
        last: -1,
        matched: 0,
        missing: -1,
        missingCount: 0,
        damaged: false,
      };
      this.#states.set(`${topic}/${queueId}`, state);
    }
  }

  get count(): number {
    return this.#states.size;
  }

  /** `topic/queueId` of queues that are damaged. */
  get damaged(): string[] {
    return [...this.#states].filter(([, state]) => state.damaged).map(([name]) => name);
  }

  /** Queues that lack entries. */
  get rebuild(): boolean {
    return [...this.#states.values()].some((state) => state.damaged || state.missing >= 0);
  }

  /** A record of the log; `record` is a view. */
  async record(record: Uint8Array, offset: number): Promise<void> {
    const sysFlag = recordSysFlag(record);
    const type = transactionType(sysFlag);
    // Inner batches stand in queues of another kind (store-format, section 6).
    if ((type !== 'none' && type !== 'commit') || isInnerBatch(sysFlag)) return;
    const topic = recordTopic(record);
    const queueId = recordQueueId(record);
    const properties = recordProperties(record);
    const tagsCode = this.parts.tagsCodes.of(topic, properties, recordStoreTimestamp(record));
    const place = { offset, size: record.length, tagsCode };
    await this.#entry(topic, queueId, recordQueueOffset(record), place);
    const names = findProperty(properties, MessageProperty.INNER_MULTI_DISPATCH)?.split(',') ?? [];
    const offsets = findProperty(properties, MessageProperty.INNER_MULTI_QUEUE_OFFSET)?.split(',') ?? [];
    for (const [index, name] of names.entries()) {
      const queueOffset = Number(offsets[index]);
      if (name.startsWith(LIGHT_QUEUE_PREFIX) && Number.isSafeInteger(queueOffset))
        await this.#entry(name, 0, queueOffset, place);
    }
  }

  /** What the log did not ask for: entries behind its end and entries that lead nowhere. */
  async finish(logMin: number, logEnd: number): Promise<void> {
    for (const state of this.#states.values()) await this.#finish(state, logMin, logEnd);
    for (const [topic, count] of this.#withoutQueue) {
      const path = `${this.parts.files.root}/consumequeue/${topic}`;
      this.parts.findings.note(
        'queue',
        path,
        `${count} messages of the log have no queue: the topic was deleted, or its queues were`,
      );
    }
  }

  async #entry(
    topic: string,
    queueId: number,
    queueOffset: number,
    place: { readonly offset: number; readonly size: number; readonly tagsCode: number },
  ): Promise<void> {
    if (!isQueueName(topic, queueId)) {
      const path = this.parts.files.logDirectory;
      return this.parts.findings.damage(
        'log',
        path,
        `a message names a queue that cannot be: "${topic}" ${queueId}`,
        place.offset,
      );
    }
    const state = this.#states.get(`${topic}/${queueId}`);
    if (state === undefined) return void this.#withoutQueue.set(topic, (this.#withoutQueue.get(topic) ?? 0) + 1);
    const block = await this.#block(state, queueOffset);
    const index = queueOffset - (block?.first ?? 0);
    if (block === undefined || index >= block.count || !block.isWritten(index)) {
      if (state.missing < 0) state.missing = queueOffset;
      state.missingCount++;
      return;
    }
    const { physicalOffset, size, tagsCode } = block.entry(index);
    if (physicalOffset !== place.offset) return this.#elsewhere(state, queueOffset, physicalOffset, place.offset);
    this.entries++;
    state.matched++;
    if (state.first < 0) state.first = queueOffset;
    state.last = Math.max(state.last, queueOffset);
    if (size !== place.size) this.#wrong(state, queueOffset, `has size ${size}, its message has ${place.size} bytes`);
    else if (tagsCode !== place.tagsCode && tagsCode > EXT_ADDRESS && topic !== SystemTopic.SCHEDULE)
      this.#wrong(state, queueOffset, `has tags code ${tagsCode}, its message ${place.tagsCode}`);
  }

  /** A topic that was deleted and made again has newer messages at the offsets of the older ones. */
  async #elsewhere(state: QueueState, queueOffset: number, found: number, wanted: number): Promise<void> {
    const { topic, queueId } = state.row;
    const record = found > wanted ? await this.parts.source.view(found) : undefined;
    if (record !== undefined && recordTopic(record) === topic && recordQueueId(record) === queueId) {
      if (recordQueueOffset(record) === queueOffset) return;
    }
    this.#wrong(state, queueOffset, `leads to log offset ${found}, its message is at ${wanted}`);
  }

  async #finish(state: QueueState, logMin: number, logEnd: number): Promise<void> {
    const { findings } = this.parts;
    const { row, first, last, missing, missingCount } = state;
    checkRow(row, state, findings);
    if (missing >= 0) {
      const text = `${missingCount} messages of the log have no entry here`;
      if (last > missing || missing < row.start) this.#wrong(state, missing, text);
      else findings.unfinished('queue', fileOf(row, missing), text, missing);
    }
    // Entries in front of the first message, holes between, and what is behind the last one.
    if (first > row.start) await this.#stray(state, row.start, first, logMin, logEnd);
    if (last >= 0 && state.matched < last - first + 1) await this.#stray(state, first, last + 1, logMin, logEnd);
    await this.#stray(state, last < 0 ? row.start : last + 1, Number.MAX_SAFE_INTEGER, logMin, logEnd);
  }

  /** Looks at entries that no message was found for. */
  async #stray(state: QueueState, from: number, to: number, logMin: number, logEnd: number): Promise<void> {
    const { row } = state;
    for (let at = from; at < to;) {
      const block = await row.read(at, Math.min(BLOCK_ENTRIES, to - at));
      if (block.count === 0) return;
      for (let index = 0; index < block.count; index++, at++) {
        if (!block.isWritten(index)) return;
        if (!block.isFiller(index)) await this.#strayEntry(state, at, block.physicalOffset(index), logMin, logEnd);
      }
    }
  }

  async #strayEntry(state: QueueState, at: number, place: number, logMin: number, logEnd: number): Promise<void> {
    if (place < logMin) return;
    const { findings, source } = this.parts;
    if (place >= logEnd) {
      findings.unfinished(
        'queue',
        fileOf(state.row, at),
        `leads to log offset ${place}, where the log has ended already`,
        at,
      );
      if (findings.closedInOrder) state.damaged = true;
      return;
    }
    const record = await source.view(place);
    if (record === undefined) this.#wrong(state, at, `leads to log offset ${place}, where no message can be read`);
    else if (recordTopic(record) === state.row.topic && recordQueueOffset(record) !== at)
      this.#wrong(state, at, `leads to the message of queue offset ${recordQueueOffset(record)}`);
  }

  #wrong(state: QueueState, offset: number, message: string): void {
    state.damaged = true;
    this.parts.findings.damage('queue', fileOf(state.row, offset), message, offset);
  }

  async #block(state: QueueState, offset: number): Promise<EntryBlock | undefined> {
    const { block } = state;
    if (block !== undefined && offset >= block.first && offset < block.first + block.count) return block;
    if (offset < 0) return undefined;
    state.block = await state.row.read(offset, BLOCK_ENTRIES);
    this.#withBlock.delete(state);
    this.#withBlock.add(state);
    if (this.#withBlock.size > MAX_BLOCKS) {
      const [oldest] = this.#withBlock;
      oldest!.block = undefined;
      this.#withBlock.delete(oldest!);
    }
    return state.block;
  }
}

function fileOf(row: QueueRow, offset: number): string {
  return row.files.find(offset * 20)?.path ?? row.files.directory;
}

/** Lengths and names of a queue's files. */
function checkRow({ files }: QueueRow, state: QueueState, findings: Findings): void {
  for (const [index, segment] of files.segments.entries()) {
    const next = files.segments[index + 1];
    const gap = next !== undefined && next.start !== segment.start + files.fileSize;
    if (segment.size === files.fileSize && !gap) continue;
    // An empty last file is removed by any broker (store-format, 1.1).
    if (segment.size === 0 && next === undefined && index > 0) continue;
    state.damaged = true;
    const text = gap ? 'a file is missing behind it' : `has ${segment.size} bytes, the others ${files.fileSize}`;
    findings.damage('queue', segment.path, text);
  }
}
