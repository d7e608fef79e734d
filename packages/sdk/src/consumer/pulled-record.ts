import {
  type DecodedRecord,
  ProtocolError,
  recordBornHost,
  recordBornTimestamp,
  recordBodyCrc,
  recordFlag,
  type RecordParts,
  recordParts,
  recordPhysicalOffset,
  recordPreparedTransactionOffset,
  recordQueueId,
  recordQueueOffset,
  recordReconsumeTimes,
  recordStoreHost,
  recordStoreTimestamp,
} from '@cometmq/protocol';
import { readUtf8 } from '@cometmq/runtime';

/** A record as it came with a pull. Fields are read when they are asked for: most handlers want the body and little else. */
export class PulledRecord implements DecodedRecord {
  readonly queueOffset: number;
  readonly #bytes: Uint8Array;
  readonly #at: number;
  readonly #parts: RecordParts;
  #properties: string | undefined;

  constructor(bytes: Uint8Array, at: number, parts: RecordParts) {
    this.#bytes = bytes;
    this.#at = at;
    this.#parts = parts;
    this.queueOffset = recordQueueOffset(bytes, at);
  }

  get size(): number {
    return this.#parts.size;
  }

  get version(): 1 | 2 {
    return this.#parts.version;
  }

  get sysFlag(): number {
    return this.#parts.sysFlag;
  }

  get topic(): string {
    return readUtf8(this.#bytes, this.#parts.topicStart, this.#parts.topicEnd);
  }

  get properties(): string {
    this.#properties ??= readUtf8(this.#bytes, this.#parts.propertiesStart, this.#parts.propertiesEnd);
    return this.#properties;
  }

  get body(): Uint8Array {
    return this.#bytes.subarray(this.#parts.bodyStart, this.#parts.bodyEnd);
  }

  get bodyCrc(): number {
    return recordBodyCrc(this.#bytes, this.#at);
  }

  get queueId(): number {
    return recordQueueId(this.#bytes, this.#at);
  }

  get flag(): number {
    return recordFlag(this.#bytes, this.#at);
  }

  get physicalOffset(): number {
    return recordPhysicalOffset(this.#bytes, this.#at);
  }

  get bornTimestamp(): number {
    return recordBornTimestamp(this.#bytes, this.#at);
  }

  get bornHost(): Uint8Array {
    return recordBornHost(this.#bytes, this.#at);
  }

  get storeTimestamp(): number {
    return recordStoreTimestamp(this.#bytes, this.#at);
  }

  get storeHost(): Uint8Array {
    return recordStoreHost(this.#bytes, this.#at);
  }

  get reconsumeTimes(): number {
    return recordReconsumeTimes(this.#bytes, this.#at);
  }

  get preparedTransactionOffset(): number {
    return recordPreparedTransactionOffset(this.#bytes, this.#at);
  }
}

/** How the records of a pull were read: all of them, or up to where the body was cut off or is damaged. */
export type RecordsEnd = 'whole' | 'cut off' | ProtocolError;

/** Hands the records of a body to `take`, one after the other, and tells how they ended. */
export function readPulledRecords(body: Uint8Array, take: (record: PulledRecord) => void): RecordsEnd {
  let at = 0;
  while (at < body.length) {
    const parts = recordParts(body, at);
    if (parts === 'incomplete') return 'cut off';
    if (typeof parts === 'string') return new ProtocolError(`record at byte ${at} of a pull: ${parts}`);
    take(new PulledRecord(body, at, parts));
    at += parts.size;
  }
  return 'whole';
}
