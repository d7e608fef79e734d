import { decodeProperties, isReservedProperty } from '@cometmq/protocol';
import { nodeCodecs } from '@cometmq/runtime/node';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RocketMQError } from '../../src/client/errors.js';
import { jsonCodec } from '../../src/message/codec.js';
import { MessageEncoder } from '../../src/producer/encode-message.js';

const codecs = nodeCodecs();
const NOW = 1_700_000_000_000;
let made = 0;
const options = {
  codec: jsonCodec,
  codecs,
  uniqueIds: { prefix: 'ID', nextTail: () => String(made++) },
  compression: undefined,
  maxMessageSize: 1 << 22,
};
const encoder = new MessageEncoder(options);

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((value) => !value.includes('\u0001') && !value.includes('\u0002'));

describe('properties', () => {
  it('come out of Apache’s rules of reading as they went in', () => {
    const names = text.filter((name) => !isReservedProperty(name) && name !== '__ct');
    fc.assert(
      fc.property(
        fc.dictionary(names, text),
        fc.option(text, { nil: undefined }),
        fc.array(text, { maxLength: 4 }),
        (properties, tags, keys) => {
          const sent = encoder.encode('t', 1, NOW, { properties, keys, ...(tags !== undefined && { tags }) });
          const { UNIQ_KEY, WAIT, TAGS, KEYS, __ct, ...rest } = Object.fromEntries(decodeProperties(sent.properties));
          expect(rest).toEqual({ ...properties });
          expect([UNIQ_KEY, WAIT, TAGS, KEYS, __ct]).toEqual([
            sent.msgId,
            'true',
            tags,
            keys.length === 0 ? undefined : keys.join(' '),
            'application/json',
          ]);
        },
      ),
    );
  });

  it('never carry a separator or a name of RocketMQ in from outside', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, value) => {
        let read: string | undefined;
        try {
          read = decodeProperties(encoder.encode('t', 1, NOW, { properties: { [name]: value } }).properties).get(name);
        } catch (error) {
          read = (error as RocketMQError).code === 'INVALID_ARGUMENT' ? value : String(error);
        }
        expect(read).toBe(value);
      }),
    );
  });

  it('of the call win over those of the message', () => {
    const { properties } = encoder.encode(
      't',
      1,
      NOW,
      { tags: 'call', properties: { a: '1' } },
      { tags: 'message', keys: 'k', waitStoreOk: false, properties: { a: '0', b: '2' } },
    );
    expect(Object.fromEntries(decodeProperties(properties))).toMatchObject({
      TAGS: 'call',
      KEYS: 'k',
      WAIT: 'false',
      a: '1',
      b: '2',
    });
  });

  it('may say what ready-made bytes are', () => {
    const { properties } = encoder.encode('t', Buffer.from('{}'), NOW, { properties: { __ct: 'application/json' } });
    expect(decodeProperties(properties).get('__ct')).toBe('application/json');
  });

  it('are refused when they are no texts', () => {
    const properties = { n: 1 } as unknown as Record<string, string>;
    expect(() => encoder.encode('t', 1, NOW, { properties })).toThrow(/property n is a number/);
  });
});

describe('compression', () => {
  it('can be switched off, started sooner, and leaves what would not shrink', () => {
    const body = Buffer.alloc(5000, 1);
    expect(new MessageEncoder({ ...options, compression: false }).encode('t', body, NOW, {}).body).toBe(body);
    expect(
      new MessageEncoder({ ...options, compression: { algorithm: 'zlib', threshold: 10 } }).encode(
        't',
        Buffer.alloc(50),
        NOW,
        {},
      ).sysFlag,
    ).toBe(0x301);
    const noise = Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * 7919 * n) % 251));
    const tight = Buffer.from(codecs.compress('zlib', noise, 9));
    const sent = new MessageEncoder({ ...options, compression: { algorithm: 'zlib', threshold: 1 } }).encode(
      't',
      tight,
      NOW,
      {},
    );
    expect(sent.sysFlag === 0 ? sent.body : tight).toBe(tight);
  });

  it('refuses what this platform cannot write when the producer is made', () => {
    const poor = { ...codecs, writable: new Set(['zlib'] as const) };
    expect(() => new MessageEncoder({ ...options, codecs: poor, compression: { algorithm: 'zstd' } })).toThrow(
      /use one of zlib/,
    );
  });
});
