import fc from 'fast-check';
import { wellFormed } from '../well-formed.js';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../src/index.js';
import {
  readRocketmqHeader,
  rocketmqFieldsBound,
  writeRocketmqFields,
  writeRocketmqHead,
} from '../../src/serialization/rocketmq-header.js';

const limits = { maxFields: 4096 };
const hex = (text: string) =>
  new Uint8Array(
    text
      .replace(/\s/g, '')
      .match(/../g)!
      .map((byte) => Number.parseInt(byte, 16)),
  );
const read = (bytes: Uint8Array, maxFields = 4096) => readRocketmqHeader(bytes, 0, bytes.length, { maxFields });

/** code, language, version, opaque, flag of a GET_ROUTEINFO_BY_TOPIC request. */
const HEAD = '0069 00 018f 00000007 00000000';

function write(remark: string | undefined, fields: Readonly<Record<string, string>>): Uint8Array {
  const bytes = new Uint8Array(21 + 3 * (remark?.length ?? 0) + rocketmqFieldsBound(fields));
  const head = writeRocketmqHead(bytes, 0, 10, 'GO', 479, -5, 1, remark);
  const size = writeRocketmqFields(bytes, head, fields);
  new DataView(bytes.buffer).setInt32(head - 4, size);
  return bytes.slice(0, head + size);
}

describe('reading a binary header', () => {
  it('reads what Apache wrote', () => {
    // remoting-protocol, section 1
    expect(read(hex(`${HEAD} 00000000 00000011 0005 746f706963 00000006 546f70696341`))).toEqual({
      code: 105,
      language: 'JAVA',
      version: 399,
      opaque: 7,
      flag: 0,
      remark: undefined,
      fields: { topic: 'TopicA' },
    });
    expect(read(hex('0011 00 018f 00000007 00000001 00000008 6e6f20746f706963 00000000'))).toMatchObject({
      code: 17,
      flag: 1,
      remark: 'no topic',
      fields: undefined,
    });
  });

  it('reads codes and versions as signed, unknown languages as OTHER', () => {
    expect(read(hex('fff9 63 ffff ffffffff 00000000 00000000 00000000'))).toMatchObject({
      code: -7,
      version: -1,
      opaque: -1,
      language: 'OTHER',
    });
  });

  it('takes texts of length 0 for absent', () => {
    expect(read(hex(`${HEAD} 00000000 0000000d 0001 61 00000000 0000 00000000`)).fields).toEqual({});
  });

  it.each([
    ['too few bytes', `${HEAD} 00000000 000000`],
    ['a remark beyond the end', `${HEAD} 00000005 00000000`],
    ['a remark that leaves no room for the next length', `${HEAD} 00000001 00000000`],
    ['a negative remark', `${HEAD} ffffffff 00000000`],
    ['a huge remark', `${HEAD} 7fffffff 00000000`],
    ['extFields beyond the end', `${HEAD} 00000000 00000012 0005 746f706963 00000006 546f70696341`],
    ['negative extFields', `${HEAD} 00000000 80000000`],
    ['bytes behind extFields', `${HEAD} 00000000 00000000 00`],
    ['a key beyond the end', `${HEAD} 00000000 00000011 0025 746f706963 00000006 546f70696341`],
    ['a negative key', `${HEAD} 00000000 00000011 ffff 746f706963 00000006 546f70696341`],
    ['a value beyond the end', `${HEAD} 00000000 00000011 0005 746f706963 00000007 546f70696341`],
    ['a negative value', `${HEAD} 00000000 00000011 0005 746f706963 fffffffa 546f70696341`],
    ['a rest too short for a field', `${HEAD} 00000000 00000003 000001`],
  ])('refuses %s', (_what, bytes) => {
    expect(() => read(hex(bytes))).toThrow(ProtocolError);
  });

  it('refuses more fields than the limit, empty ones counted', () => {
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, 'v']));
    expect(() => read(write(undefined, many))).toThrow('more than 4096 extFields');
    expect(() => read(write(undefined, { a: '', b: '', c: '' }), 2)).toThrow('more than 2 extFields');
  });

  it('comes back as it was written', () => {
    const text = fc.string({ unit: 'binary' }).map(wellFormed);
    const fields = fc.dictionary(
      text.filter((key) => key !== '' && key !== '__proto__'),
      text.filter((value) => value !== ''),
    );
    fc.assert(
      fc.property(text, fields, (remark, extFields) => {
        expect(read(write(remark, extFields))).toEqual({
          code: 10,
          language: 'GO',
          version: 479,
          opaque: -5,
          flag: 1,
          remark: remark === '' ? undefined : remark,
          fields: Object.keys(extFields).length === 0 ? undefined : { ...extFields },
        });
      }),
    );
  });

  it('answers any bytes with a header or a ProtocolError, and reads none beyond the header', () => {
    const valid = write('remark', { topic: 'TopicA', queueId: '1', properties: 'KEYS\u0001k\u0002' });
    const mutation = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 5 });
    fc.assert(
      fc.property(mutation, fc.nat(valid.length), (changes, cut) => {
        const damaged = new Uint8Array(valid.length + 64).fill(0x41);
        damaged.set(valid);
        for (const [at, value] of changes) damaged[at] = value;
        const alone = outcome(damaged.slice(0, cut), cut);
        expect(alone).not.toBeInstanceOf(RangeError);
        expect(outcome(damaged, cut)).toEqual(alone);
      }),
      { numRuns: 3000 },
    );
  });
});

function outcome(bytes: Uint8Array, to: number): unknown {
  try {
    return readRocketmqHeader(bytes, 0, to, limits);
  } catch (error) {
    return error instanceof ProtocolError ? error.message : new RangeError('another error', { cause: error });
  }
}
