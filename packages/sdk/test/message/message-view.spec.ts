import { type DecodedRecord, encodeProperties, hostBytes, readRecord, SysFlag } from '@cometmq/protocol';
import { nodeCodecs } from '@cometmq/runtime/node';
import { describe, expect, it } from 'vitest';
import { jsonCodec, rawCodec, stringCodec } from '../../src/message/codec.js';
import { RejectMessageError } from '../../src/message/consume-result.js';
import { RecordView, type ViewContext } from '../../src/message/message-view.js';
import { goldenJson } from '../../../../tools/golden-reader/golden-files.js';

const codecs = nodeCodecs();
const context: ViewContext = { codec: jsonCodec, codecs };

function record(over: Partial<DecodedRecord> & { readonly map?: Record<string, string> } = {}): DecodedRecord {
  const { map = {}, ...rest } = over;
  return {
    topic: 'orders',
    queueId: 1,
    flag: 0,
    queueOffset: 7,
    physicalOffset: 4660,
    sysFlag: 0,
    bornTimestamp: 1_700_000_000_000,
    bornHost: hostBytes('10.0.0.1', 40_000),
    storeTimestamp: 1_700_000_000_001,
    storeHost: hostBytes('10.0.0.2', 10_911),
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: Buffer.from('{"id":1}'),
    properties: encodeProperties(map),
    size: 100,
    bodyCrc: 0,
    version: 1,
    ...rest,
  };
}

const view = <T = unknown>(over: Parameters<typeof record>[0] = {}, of: Partial<ViewContext> = {}) =>
  new RecordView<T>(
    record(over),
    { topic: over.topic ?? 'orders', brokerName: 'a', queueId: 1 },
    { ...context, ...of },
  );

describe('what Apache stored', () => {
  interface Golden {
    readonly plain: readonly {
      readonly name: string;
      readonly records?: readonly {
        readonly recordBase64: string;
        readonly decoded: {
          readonly msgId: string;
          readonly queueOffset: number;
          readonly bornHost: string;
          readonly properties?: Record<string, string> | null;
          readonly bodyBase64?: string | null;
        } | null;
      }[];
    }[];
  }
  const golden = goldenJson<Golden>('records/stored-records.json');
  const cases = golden.plain.flatMap(({ name, records = [] }) =>
    records.flatMap(({ recordBase64, decoded }) => (decoded === null ? [] : [{ name, recordBase64, decoded }])),
  );

  it.each(cases)('reads as Apache reads it: $name', ({ recordBase64, decoded }) => {
    const bytes = Buffer.from(recordBase64, 'base64');
    const of = readRecord(bytes, 0);
    const message = new RecordView(
      of,
      { topic: of.topic, brokerName: 'b', queueId: of.queueId },
      { ...context, codec: rawCodec },
    );
    expect(message.offsetMsgId).toBe(decoded.msgId);
    expect(message.queueOffset).toBe(decoded.queueOffset);
    expect({ ...message.properties }).toEqual(decoded.properties ?? {});
    expect(message.msgId).toBe(decoded.properties?.['UNIQ_KEY'] ?? decoded.msgId);
    expect(message.raw.toString('base64')).toBe(decoded.bodyBase64 ?? '');
    expect(message.tags).toBe(decoded.properties?.['TAGS']);
  });
});

describe('a view', () => {
  it('finds properties without and with the map', () => {
    const message = view({ map: { TAGS: 'created', KEYS: 'k1 k2', UNIQ_KEY: 'U1', __SHARDINGKEY: 'c7', tenant: 'x' } });
    expect([message.tags, message.keys, message.msgId, message.shardingKey]).toEqual([
      'created',
      ['k1', 'k2'],
      'U1',
      'c7',
    ]);
    expect(message.properties['tenant']).toBe('x');
    expect(message.tags).toBe('created');
    expect([message.bornHost, message.bornAt.getTime(), message.storedAt.getTime()]).toEqual([
      '10.0.0.1:40000',
      1_700_000_000_000,
      1_700_000_000_001,
    ]);
  });

  it('takes the id of the broker when the producer gave none', () => {
    expect(view().msgId).toBe('0A00000200002A9F0000000000001234');
    expect(view().keys).toEqual([]);
  });

  it('shows the first topic of retries, and of dead letters beside their own', () => {
    const retried = view({ topic: '%RETRY%g', map: { RETRY_TOPIC: 'orders' } });
    expect([retried.topic, retried.originTopic, retried.queue.topic]).toEqual(['orders', 'orders', '%RETRY%g']);
    const dead = view({ topic: '%DLQ%g', map: { RETRY_TOPIC: 'orders' } });
    expect([dead.topic, dead.originTopic]).toEqual(['%DLQ%g', 'orders']);
    // A user may name a property so; on an ordinary topic it means nothing.
    expect(view({ map: { RETRY_TOPIC: 'other' } }).originTopic).toBe('orders');
    expect(view({ topic: '%RETRY%p%g', map: { RETRY_TOPIC: 'p%orders' } }, { namespace: 'p' }).topic).toBe('orders');
  });

  it('has a transaction id only when it was sent in a transaction', () => {
    expect(view({ map: { UNIQ_KEY: 'U' } }).transactionId).toBeUndefined();
    expect(view({ map: { UNIQ_KEY: 'U', TRAN_MSG: 'true' } }).transactionId).toBe('U');
  });

  it.each(['zlib', 'lz4'] as const)('decompresses %s bodies', (algorithm) => {
    const bits = { zlib: SysFlag.COMPRESSION_ZLIB, lz4: SysFlag.COMPRESSION_LZ4 }[algorithm];
    const plain = Buffer.from(JSON.stringify('x'.repeat(9000)));
    const message = view<string>({ body: codecs.compress(algorithm, plain, 5), sysFlag: SysFlag.COMPRESSED | bits });
    expect(message.raw.equals(plain)).toBe(true);
    expect(message.body).toBe('x'.repeat(9000));
  });

  it('does not let a small body grow without bound', () => {
    const body = codecs.compress('zlib', new Uint8Array(1_000_000), 5);
    expect(() => view({ body, sysFlag: 0x301 }, { maxBodyBytes: 1000 }).raw).toThrow(/larger than 1000|damaged/);
  });

  it('decodes once, by what the producer said it is', () => {
    const message = view<{ id: number }>({ map: { __ct: 'application/json' } });
    expect(message.body).toEqual({ id: 1 });
    expect(message.body).toBe(message.body);
    expect(view({ map: { __ct: 'text/plain' }, body: Buffer.from('hi') }).body).toBe('hi');
    const bytes = Buffer.of(1, 2, 255);
    expect(view({ map: { __ct: 'application/octet-stream' }, body: bytes }).body).toEqual(bytes);
    expect(view({ map: { __ct: 'application/octet-stream' }, body: bytes }, { codec: stringCodec }).body).toEqual(
      bytes,
    );
  });

  it('reads JSON of other clients and rejects what is none, leaving the bytes', () => {
    expect(view().body).toEqual({ id: 1 });
    const text = view({ body: Buffer.from('hello') });
    expect(() => text.body).toThrow(RejectMessageError);
    expect(() => text.body).toThrow(/message 0A00000200002A9F0000000000001234 of orders is no application\/json/);
    expect(text.raw.toString()).toBe('hello');
    expect(view({ body: Buffer.from('hello') }, { codec: stringCodec }).body).toBe('hello');
    expect(() => view({ body: Buffer.of(0x22, 0xff, 0x22) }).body).toThrow(RejectMessageError);
    expect(view({ body: Buffer.from('"\ufffd"') }).body).toBe('\ufffd');
  });

  it('gives the codec of the user the properties', () => {
    const codec = {
      contentType: 'x',
      encode: () => Buffer.of(1),
      decode: (_bytes: Buffer, properties: Readonly<Record<string, string>>) => properties['schema'],
    };
    expect(view({ map: { schema: 's1' } }, { codec }).body).toBe('s1');
  });

  it('prints what a person wants to see', () => {
    expect(JSON.parse(JSON.stringify(view({ map: { TAGS: 't' } })))).toMatchObject({
      topic: 'orders',
      tags: 't',
      queueOffset: 7,
      bodyBytes: 8,
    });
  });
});
