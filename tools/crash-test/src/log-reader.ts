import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** A record as it stands in the log; nothing of this file is shared with the server. */
export interface LogRecord {
  readonly physicalOffset: number;
  readonly size: number;
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly storeTimestamp: number;
  readonly body: string;
}

/*
 * A record (store-format, 2.1): i32 size | i32 magic | i32 body CRC | i32 queueId | i32 flag | i64 queueOffset |
 * i64 physicalOffset | i32 sysFlag | i64 bornTimestamp | born host | i64 storeTimestamp | store host | i32 reconsumeTimes |
 * i64 preparedTransactionOffset | i32 + body | u8 (V2: i16) + topic | i16 + properties
 */
const MAGIC_V1 = -626843481;
const MAGIC_V2 = -626843477;
const MAGIC_BLANK = -875286124;
const HEAD_BYTES = 48;
const BORN_HOST_IPV6 = 0x10;
const STORE_HOST_IPV6 = 0x20;
const ENTRY_BYTES = 20;

/** Reads one record. Throws when anything of it is not as it has to be. */
export function parseRecord(bytes: Buffer, physicalOffset: number): LogRecord {
  const size = bytes.readInt32BE(0);
  const magic = bytes.readInt32BE(4);
  const wrong = (what: string) => new Error(`the record at ${physicalOffset} ${what}`);
  if (magic !== MAGIC_V1 && magic !== MAGIC_V2) throw wrong(`has the magic ${magic}`);
  if (size > bytes.length || size < HEAD_BYTES) throw wrong(`says it has ${size} bytes`);
  if (Number(bytes.readBigInt64BE(28)) !== physicalOffset) throw wrong('says it stands elsewhere');
  const sysFlag = bytes.readInt32BE(36);
  let at = HEAD_BYTES + ((sysFlag & BORN_HOST_IPV6) === 0 ? 8 : 20);
  const storeTimestamp = Number(bytes.readBigInt64BE(at));
  at += 8 + ((sysFlag & STORE_HOST_IPV6) === 0 ? 8 : 20) + 12;
  const bodyEnd = at + 4 + bytes.readInt32BE(at);
  const body = bytes.subarray(at + 4, bodyEnd);
  if ((crc32(body) & 0x7fff_ffff) !== bytes.readInt32BE(8)) throw wrong('has a body that does not fit its CRC');
  const topicAt = bodyEnd + (magic === MAGIC_V1 ? 1 : 2);
  const topicEnd = topicAt + (magic === MAGIC_V1 ? bytes.readUInt8(bodyEnd) : bytes.readInt16BE(bodyEnd));
  if (topicEnd + 2 + bytes.readInt16BE(topicEnd) !== size) throw wrong('is not as long as its parts');
  return {
    physicalOffset,
    size,
    topic: bytes.toString('utf8', topicAt, topicEnd),
    queueId: bytes.readInt32BE(12),
    queueOffset: Number(bytes.readBigInt64BE(20)),
    storeTimestamp,
    body: body.toString(),
  };
}

const logFiles = (storeDir: string): string[] => readdirSync(join(storeDir, 'commitlog')).toSorted();

/** The record that starts at an offset of the log. */
export function readRecordAt(storeDir: string, physicalOffset: number): LogRecord {
  const name = logFiles(storeDir).findLast((each) => Number(each) <= physicalOffset);
  if (name === undefined) throw new Error(`no file of the log has the offset ${physicalOffset}`);
  const file = openSync(join(storeDir, 'commitlog', name), 'r');
  try {
    const head = Buffer.alloc(4);
    const position = physicalOffset - Number(name);
    readSync(file, head, 0, 4, position);
    const bytes = Buffer.alloc(Math.max(0, Math.min(head.readInt32BE(0), 1 << 24)));
    if (readSync(file, bytes, 0, bytes.length, position) < HEAD_BYTES)
      throw new Error(`there is no record at ${physicalOffset}`);
    return parseRecord(bytes, physicalOffset);
  } finally {
    closeSync(file);
  }
}

/** Every record of the log from its first file to its end, in order. Throws when one of them is damaged. */
export function* readLog(storeDir: string): Generator<LogRecord> {
  let expected: number | undefined;
  for (const name of logFiles(storeDir)) {
    const start = Number(name);
    if (expected !== undefined && start !== expected)
      throw new Error(`the log goes on at ${expected}, not at ${start}`);
    const bytes = readFileSync(join(storeDir, 'commitlog', name));
    let at = 0;
    while (bytes.length - at >= 8) {
      const magic = bytes.readInt32BE(at + 4);
      if (magic === MAGIC_BLANK) break;
      if (bytes.readInt32BE(at) === 0) return;
      const record = parseRecord(bytes.subarray(at), start + at);
      yield record;
      at += record.size;
    }
    expected = start + bytes.length;
  }
}

/** Offset in the log of the entry at a queue's offset; undefined when the queue has none there. */
export function readQueueEntry(
  storeDir: string,
  topic: string,
  queueId: number,
  queueOffset: number,
): number | undefined {
  const directory = join(storeDir, 'consumequeue', topic, String(queueId));
  const position = queueOffset * ENTRY_BYTES;
  const name = readdirSync(directory)
    .toSorted()
    .findLast((each) => Number(each) <= position);
  if (name === undefined) return undefined;
  const file = openSync(join(directory, name), 'r');
  try {
    const entry = Buffer.alloc(ENTRY_BYTES);
    const got = readSync(file, entry, 0, ENTRY_BYTES, position - Number(name));
    return got < ENTRY_BYTES || entry.readInt32BE(8) === 0 ? undefined : Number(entry.readBigInt64BE(0));
  } finally {
    closeSync(file);
  }
}
