import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenRecords } from '../golden-records.js';
import { addressBytes, formatHost, hostBytes } from '../../src/message/host-bytes.js';
import {
  decodeOffsetMessageId,
  decodeUniqueId,
  encodeOffsetMessageId,
  uniqueIdGenerator,
} from '../../src/message/message-id.js';
import { ProtocolError } from '../../src/protocol-error.js';

interface Golden {
  readonly offset: readonly {
    readonly ip: string;
    readonly port: number;
    readonly offset: string;
    readonly offsetMsgId: string;
    readonly decodedAddress: string;
  }[];
  readonly unique: readonly {
    readonly uniqueId: string;
    readonly createdAfter?: number;
    readonly createdBefore?: number;
    readonly pidFromId: number;
    readonly ipFromId: string;
    readonly classLoaderHash?: number;
  }[];
}

const golden = goldenRecords<Golden>('ids.json');

describe('offset message ids', () => {
  const isSafe = ({ offset }: { offset: string }) => Number.isSafeInteger(Number(offset));

  it.each(golden.offset.filter((one) => !isSafe(one)))('refuses $offsetMsgId', ({ offsetMsgId }) => {
    expect(() => decodeOffsetMessageId(offsetMsgId)).toThrow('beyond the safe integers');
  });

  for (const { ip, port, offset, offsetMsgId, decodedAddress } of golden.offset.filter(isSafe)) {
    it(`${ip}:${port} ${offset}`, () => {
      const host = hostBytes(ip, port);
      expect(encodeOffsetMessageId(host, Number(offset))).toBe(offsetMsgId);
      const decoded = decodeOffsetMessageId(offsetMsgId.toLowerCase());
      expect(decoded.physicalOffset).toBe(Number(offset));
      expect(formatHost(decoded.storeHost)).toBe(decodedAddress);
    });
  }

  it.each(['', 'x', '0'.repeat(31), '0'.repeat(33), 'G'.repeat(32), '0'.repeat(57), `${'0'.repeat(30)}ü0`])(
    'refuses %j',
    (id) => {
      expect(() => decodeOffsetMessageId(id)).toThrow(ProtocolError);
    },
  );

  it('any offset survives', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.ipV4(), fc.nat(0xffff), (offset, ip, port) => {
        const host = hostBytes(ip, port);
        expect(decodeOffsetMessageId(encodeOffsetMessageId(host, offset))).toEqual({
          storeHost: host,
          physicalOffset: offset,
        });
      }),
    );
  });
});

const fixed = (now: number, bytes: readonly number[]) => ({
  clock: { now: () => now },
  random: { bytes: () => Uint8Array.from(bytes) },
});

describe('unique ids', () => {
  const now = Date.UTC(2026, 10, 21, 7);

  for (const { uniqueId, pidFromId, ipFromId } of golden.unique) {
    it(`takes ${uniqueId} apart`, () => {
      const parts = decodeUniqueId(uniqueId, now)!;
      expect(parts.processId).toBe(pidFromId);
      expect(parts.address).toEqual(addressBytes(ipFromId));
    });
  }

  for (const { uniqueId, createdAfter, classLoaderHash } of golden.unique.filter((one) => one.createdAfter)) {
    it(`makes ${uniqueId} from the same parts`, () => {
      const hash = new Uint8Array(4);
      new DataView(hash.buffer).setInt32(0, classLoaderHash!);
      const { address, processId, counter, createdAt } = decodeUniqueId(uniqueId, createdAfter! + 1)!;
      expect(createdAt).toBe(createdAfter);
      const next = uniqueIdGenerator(fixed(createdAt, [...hash]), { address, processId });
      for (let skipped = 0; skipped < counter; skipped++) next();
      expect(next()).toBe(uniqueId);
    });
  }

  it('are different within a millisecond, and the counter turns over', () => {
    const next = uniqueIdGenerator(fixed(now, [1, 2, 3, 4]), {
      address: Uint8Array.of(10, 0, 0, 1),
      processId: 70_000,
    });
    const ids = new Set(Array.from({ length: 65_536 }, next));
    expect(ids.size).toBe(65_536);
    expect(ids.has(next())).toBe(true);
  });

  it('count from the first of the month in the zone given', () => {
    const at = Date.UTC(2026, 10, 30, 23, 30);
    const of = (zoneOffsetMs: number) =>
      Number.parseInt(
        uniqueIdGenerator(fixed(at, [0, 0, 0, 0]), { address: new Uint8Array(4), processId: 1, zoneOffsetMs })().slice(
          20,
          28,
        ),
        16,
      );
    expect(of(0)).toBe((29 * 24 + 23.5) * 3_600_000);
    expect(of(8 * 3_600_000)).toBe(7.5 * 3_600_000); // December has begun in the east
    expect(of(-5 * 3_600_000)).toBe((29 * 24 + 18.5) * 3_600_000);
  });

  it('begin again with a new month, and do not go below 0 when the clock steps back over its turn', () => {
    let time = Date.UTC(2026, 11, 31, 23, 59, 59, 999);
    const next = uniqueIdGenerator(
      { clock: { now: () => time }, random: { bytes: () => new Uint8Array(4) } },
      { address: new Uint8Array(4), processId: 1 },
    );
    const since = () => Number.parseInt(next().slice(20, 28), 16);
    expect(since()).toBe(31 * 86_400_000 - 1);
    time += 6;
    expect(since()).toBe(5);
    time -= 1000;
    expect(since()).toBe(0);
  });

  it('say their time up to a month back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 27 * 86_400_000 }), fc.integer({ min: -12, max: 14 }), (age, zone) => {
        const created = now - age;
        const zoneOffsetMs = zone * 3_600_000;
        const id = uniqueIdGenerator(fixed(created, [9, 9, 9, 9]), {
          address: new Uint8Array(16),
          processId: 5,
          zoneOffsetMs,
        })();
        expect(id).toHaveLength(56);
        expect(decodeUniqueId(id, now, zoneOffsetMs)?.createdAt).toBe(created);
      }),
    );
  });

  it.each(['', 'order-7', '0'.repeat(31), 'Z'.repeat(32)])('%j is none', (id) =>
    expect(decodeUniqueId(id, now)).toBeUndefined(),
  );

  it('refuse an address of another length', () => {
    expect(() => uniqueIdGenerator(fixed(now, [0, 0, 0, 0]), { address: new Uint8Array(5), processId: 1 })).toThrow(
      ProtocolError,
    );
  });
});
