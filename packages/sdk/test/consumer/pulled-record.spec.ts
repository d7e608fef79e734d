import { readRecord } from '@cometmq/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PulledRecord, readPulledRecords } from '../../src/consumer/pulled-record.js';
import { pullBody, storedRecord } from './records.js';

function read(body: Uint8Array) {
  const records: PulledRecord[] = [];
  const end = readPulledRecords(body, (record) => void records.push(record));
  return { records, end };
}

describe('readPulledRecords', () => {
  it('reads every field as the protocol’s own reader does', () => {
    const body = pullBody(
      { queueOffset: 1, tags: 'a' },
      { queueOffset: 2, topic: 't'.repeat(200), body: Buffer.from('ü') },
    );
    const { records, end } = read(body);
    expect(end).toBe('whole');
    let at = 0;
    for (const record of records) {
      const expected = readRecord(body, at);
      for (const key of Object.keys(expected) as (keyof typeof expected)[]) expect(record[key]).toEqual(expected[key]);
      at += record.size;
    }
    expect(records).toHaveLength(2);
  });

  it('stops where whole records end', () => {
    const body = pullBody({ queueOffset: 1 }, { queueOffset: 2 });
    for (const cut of [1, 4, 50, storedRecord({ queueOffset: 2 }).length - 1]) {
      const { records, end } = read(body.subarray(0, body.length - cut));
      expect(records.map(({ queueOffset }) => queueOffset)).toEqual([1]);
      expect(end).toBe('cut off');
    }
  });

  it('hands out what stands before damage, and never fails otherwise', () => {
    const body = pullBody({ queueOffset: 1 }, { queueOffset: 2 }, { queueOffset: 3 });
    const size = body.length / 3;
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const damaged = Uint8Array.from(body);
        damaged[at] = byte;
        const { records, end } = read(damaged);
        expect(records.length).toBeGreaterThanOrEqual(Math.min(Math.floor(at / size), 3));
        for (const record of records) void [record.topic, record.properties, record.body, record.reconsumeTimes];
        if (end instanceof Error) expect(end.message).toMatch(/record at byte/);
      }),
      { numRuns: 500 },
    );
  });
});
