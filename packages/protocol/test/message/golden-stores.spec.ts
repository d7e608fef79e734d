import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { nodeCodecs } from '@cometmq/runtime/node';
import { describe, expect, it } from 'vitest';
import { goldenManifest, type GoldenMessage, goldenStore } from '../../../../tools/golden-reader/golden-store.js';
import { decompressBody } from '../../src/message/compression.js';
import { encodeOffsetMessageId } from '../../src/message/message-id.js';
import { MessageProperty, decodeProperties, findProperty } from '../../src/message/properties.js';
import { checkRecord } from '../../src/message/record-check.js';
import { bodyChecksum, readRecord, writeRecord } from '../../src/message/record-codec.js';
import { recordTags, recordTotalSize } from '../../src/message/record-fields.js';
import type { DecodedRecord } from '../../src/message/stored-record.js';
import { tagsCode } from '../../src/message/tags.js';

/** Every record of the commit log by physical offset, and where the log ends. */
function scan(name: string): { records: Map<number, DecodedRecord>; end: number; verdicts: Set<string> } {
  const records = new Map<number, DecodedRecord>();
  const verdicts = new Set<string>();
  let end = 0;
  for (const [path, bytes] of goldenStore(name)) {
    if (!path.startsWith('commitlog/')) continue;
    const fileStart = Number(path.slice('commitlog/'.length));
    let at = 0;
    for (;;) {
      const verdict = checkRecord(bytes, at, { crc32, checkCrc: true });
      verdicts.add(verdict);
      if (verdict !== 'ok') break;
      const record = readRecord(bytes, at);
      expectRewritten(bytes, at, record);
      records.set(fileStart + at, record);
      at += record.size;
      end = fileStart + at;
    }
  }
  return { records, end, verdicts };
}

function expectRewritten(bytes: Uint8Array, at: number, record: DecodedRecord): void {
  const into = new Uint8Array(record.size);
  writeRecord(into, 0, record, bodyChecksum(crc32, record.body));
  if (!Buffer.from(into).equals(bytes.subarray(at, at + recordTotalSize(bytes, at)))) {
    throw new Error(`the record at ${record.physicalOffset} is written differently`);
  }
}

const codecs = nodeCodecs();

function expectMessage(record: DecodedRecord, topic: string, queueId: number, message: GoldenMessage): void {
  const { body } = decompressBody(record.body, record.sysFlag, codecs);
  const properties = Object.fromEntries(decodeProperties(record.properties));
  expect({
    topic: record.topic,
    queueId: record.queueId,
    queueOffset: record.queueOffset,
    size: record.size,
    flag: record.flag,
    reconsumeTimes: record.reconsumeTimes,
    preparedTransactionOffset: record.preparedTransactionOffset,
    bodyCRC: record.bodyCrc,
    storeTimestamp: record.storeTimestamp,
    bornTimestamp: record.bornTimestamp,
    msgId: encodeOffsetMessageId(record.storeHost, record.physicalOffset),
    tags: findProperty(record.properties, MessageProperty.TAGS),
    uniqueKey: findProperty(record.properties, MessageProperty.UNIQ_KEY),
    properties,
    bodyLength: body.length,
    bodySha1: createHash('sha1').update(body).digest('hex'),
  }).toEqual({
    topic: message.topicInRecord ?? topic,
    queueId: message.topicInRecord === undefined ? queueId : record.queueId,
    queueOffset: message.topicInRecord === undefined ? message.queueOffset : record.queueOffset,
    size: message.size,
    flag: message.flag,
    reconsumeTimes: message.reconsumeTimes,
    preparedTransactionOffset: message.preparedTransactionOffset,
    bodyCRC: message.bodyCRC,
    storeTimestamp: message.storeTimestamp,
    bornTimestamp: message.bornTimestamp,
    msgId: message.msgId,
    tags: message.tags,
    uniqueKey: message.uniqueKey,
    properties: message.properties,
    bodyLength: message.bodyLength,
    bodySha1: message.bodySha1,
  });
}

describe.each(['clean-5.3.3', 'clean-4.9.7', 'light-queues', 'killed-5.3.3'])('commit log of %s', (name) => {
  const manifest = goldenManifest(name);
  const { records, end, verdicts } = scan(name);

  it('is read from end to end and written again byte for byte', () => {
    expect(records.size).toBeGreaterThan(10);
    expect(end).toBe(manifest.commitLogMaxOffset);
    for (const [offset, record] of records) expect(record.physicalOffset).toBe(offset);
    // A blank ends a full file, zeros stand behind the last record of the last one.
    expect([...verdicts].every((verdict) => ['ok', 'blank', 'bad magic'].includes(verdict))).toBe(true);
  });

  it('holds every message that the broker showed', () => {
    let seen = 0;
    for (const { topic, queueId, messages } of manifest.queues) {
      for (const message of messages) {
        const record = records.get(message.physicalOffset);
        if (record === undefined) throw new Error(`no record at ${message.physicalOffset}`);
        expectMessage(record, topic, queueId, message);
        seen++;
      }
    }
    expect(seen).toBeGreaterThan(10);
  });

  it('gives the tag codes of the consume queues', () => {
    for (const { topic, messages } of manifest.queues) {
      // In the delay topic the code is the time of delivery.
      if (topic === 'SCHEDULE_TOPIC_XXXX') continue;
      for (const { physicalOffset, tagsCode: expected } of messages) {
        if (expected === undefined) continue;
        expect(tagsCode(findProperty(records.get(physicalOffset)!.properties, MessageProperty.TAGS))).toBe(expected);
      }
    }
  });

  it('is understood without decoding it', () => {
    for (const [path, bytes] of goldenStore(name)) {
      if (path !== 'commitlog/00000000000000000000') continue;
      for (const [offset, record] of records) {
        if (offset >= bytes.length) continue;
        expect(recordTags(bytes, offset)).toBe(findProperty(record.properties, MessageProperty.TAGS));
      }
    }
  });
});
