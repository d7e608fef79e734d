import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenRecords } from '../golden-records.js';
import type { JsonBody } from '../../src/bodies/body-shape.js';
import {
  consumerOffsetSerializeWrapper,
  getConsumerStatusBody,
  resetOffsetBody,
} from '../../src/bodies/consumer-offset.js';
import { consumerRunningInfo } from '../../src/bodies/consumer-running-info.js';
import { heartbeatData } from '../../src/bodies/heartbeat.js';
import { kvTable } from '../../src/bodies/kv-table.js';
import { object } from '../../src/bodies/object-shape.js';
import { batchAck } from '../../src/bodies/pop.js';
import {
  bool,
  choice,
  double,
  entryMap,
  int,
  list,
  long,
  map,
  numberMap,
  optional,
  set,
  text,
} from '../../src/bodies/shapes.js';
import { topicStatsTable } from '../../src/bodies/statistics.js';
import { subscriptionGroupWrapper } from '../../src/bodies/subscription-group.js';
import { topicConfigAndMappingSerializeWrapper } from '../../src/bodies/topic-config.js';
import { topicRouteData } from '../../src/bodies/topic-route.js';
import { ProtocolError } from '../../src/protocol-error.js';
import { protocolErrorOf } from '../protocol-error-of.js';

const sample = object('Sample', {
  text: text('none'),
  int: int(1),
  long: long(2),
  double: double(),
  bool: bool(),
  choice: choice(['ONE', 'TWO'], 'ONE'),
  maybe: optional(text()),
});

describe('coercion, as fastjson does it', () => {
  it.each([
    ['text', '5', '5'],
    ['text', 'true', 'true'],
    ['text', '""', ''],
    ['int', '"6"', 6],
    ['int', '" 6 "', 6],
    ['int', '3.7', 3],
    ['int', '-3.7', -3],
    ['int', '-0.3', 0],
    ['int', '""', 1],
    ['int', 'null', 1],
    ['int', 'true', 1],
    ['long', '"9007199254740991"', 9_007_199_254_740_991],
    ['long', '9223372036854775807', Number.MAX_SAFE_INTEGER],
    ['long', '"-9223372036854775808"', Number.MIN_SAFE_INTEGER],
    ['long', '1e3', 1000],
    ['double', '"1.25"', 1.25],
    ['double', '7', 7],
    ['bool', '"TRUE"', true],
    ['bool', '1', true],
    ['bool', '2', false],
    ['bool', '"0"', false],
    ['bool', '"Y"', true],
    ['choice', '"two"', 'TWO'],
    ['choice', '1', 'TWO'],
    ['choice', '"1"', 'TWO'],
    ['choice', '"THREE"', 'ONE'],
    ['choice', '9', 'ONE'],
    ['choice', 'null', 'ONE'],
  ])('%s of %s', (field, json, value) => {
    expect(sample.parse(`{"${field}":${json}}`)).toMatchObject({ [field]: value });
  });

  it.each([
    ['text', '{}', 'Sample.text: expected a text'],
    ['int', '"x"', 'Sample.int: expected a number'],
    ['int', '[]', 'Sample.int: expected a number'],
    ['int', '2147483648', 'Sample.int: expected a 32-bit number'],
    ['long', '"1x"', 'Sample.long: expected a number'],
    ['long', '1e999', 'Sample.long: expected a number'],
    ['double', '"1e999"', 'Sample.double: expected a number'],
    ['long', '"Infinity"', 'Sample.long: expected a number'],
    ['bool', '"maybe"', 'Sample.bool: expected true or false'],
    ['bool', '{}', 'Sample.bool: expected true or false'],
  ])('%s refuses %s', (field, json, message) => {
    expect(() => sample.parse(`{"${field}":${json}}`)).toThrow(message);
  });

  it('says where in a body it failed', () => {
    expect(() => heartbeatData.parse('{"consumerDataSet":[{},{"subscriptionDataSet":[{"codeSet":["x"]}]}]}')).toThrow(
      'HeartbeatData.consumerDataSet.1.subscriptionDataSet.0.codeSet.0: expected a number',
    );
    expect(() => kvTable.parse('{"table":[]}')).toThrow('KVTable.table: expected a map');
    expect(() => consumerOffsetSerializeWrapper.parse('{"offsetTable":{"a":{"x":1}}}')).toThrow(
      'offsetTable.a: expected a number',
    );
    expect(() => resetOffsetBody.parse('{"offsetTable":{"no json":1}}')).toThrow('expected an object as key');
  });

  it('tells absent fields from empty ones', () => {
    expect('maybe' in sample.parse('{}')).toBe(false);
    expect('maybe' in sample.parse('{"maybe":null}')).toBe(false);
    expect(sample.parse('{"maybe":""}').maybe).toBe('');
  });

  it('reads the ordinals and texts that Go writes', () => {
    const { consumerDataSet } = heartbeatData.parse(
      '{"clientID":"c","consumerDataSet":[{"consumeType":"CONSUME_PASSIVELY","messageModel":"Clustering","consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET","subscriptionDataSet":[{"topic":"T","codeSet":["2598919"],"tagsSet":["TagA"],"classFilterMode":false}]}]}',
    );
    expect(consumerDataSet[0]).toMatchObject({
      messageModel: 'CLUSTERING',
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    });
    expect(consumerDataSet[0]!.subscriptionDataSet[0]!.codeSet).toEqual([2_598_919]);
  });
});

describe('reset offsets', () => {
  it('are read from the form for C++ too', () => {
    const text = '{"offsetTable":[{"brokerName":"b","offset":9,"queueId":4,"topic":"T"}]}';
    expect(resetOffsetBody.parse(text).offsetTable).toEqual([[{ brokerName: 'b', queueId: 4, topic: 'T' }, 9]]);
  });
});

describe('writing', () => {
  it.each([
    [0, '0.0'],
    [1, '1.0'],
    [-0, '-0.0'],
    [1.5, '1.5'],
    [0.001, '0.001'],
    [0.000_123, '1.23E-4'],
    [9_999_999, '9999999.0'],
    [1e7, '1.0E7'],
    [123_456_789.5, '1.234567895E8'],
    [Number.NaN, 'null'],
    [Number.POSITIVE_INFINITY, 'null'],
  ])('double %d as Java does', (value, json) => {
    expect(list(double()).format([value], 'fastjson')).toBe(`[${json}]`);
  });

  it('never writes what is no whole number', () => {
    for (const value of [1.5, Number.NaN, 2 ** 53])
      expect(() => list(long()).format([value], 'compact')).toThrow(ProtocolError);
    expect(list(long()).format([-0], 'compact')).toBe('[0]');
  });

  it('numeric keys bare or quoted, as the form asks', () => {
    const value = new Map([
      [10, 'b'],
      [2, 'a'],
    ]);
    const body = numberMap(text());
    expect(body.format(value, 'compact')).toBe('{"10":"b","2":"a"}');
    expect(body.format(value, 'fastjson')).toBe('{10:"b",2:"a"}');
    expect(body.format(value, 'standard')).toBe('{"2":"a","10":"b"}');
    expect(body.format(value, 'pretty')).toBe('{10:"b",2:"a"\n}');
  });

  it('escapes as fastjson does', () => {
    const body = list(text());
    const value = ['"\\/\b\f\n\r\t\u0001\u007f\u0085\u2028ü😀'];
    expect(body.format(value, 'fastjson')).toBe('["\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007F\\u0085\\u2028ü😀"]');
    expect(body.format(value, 'standard')).toBe(
      '["\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\u007F\\u0085\\u2028\\u00FC\\uD83D\\uDE00"]',
    );
  });

  it('lists and sets in files', () => {
    expect(list(int()).format([1, 2], 'pretty')).toBe('[\n\t1,\n\t2\n]');
    expect(set(int()).format([1, 2], 'pretty')).toBe('[1,2]');
    expect(list(int()).format([], 'pretty')).toBe('[]');
    expect(map(int()).format(new Map(), 'pretty')).toBe('{}');
  });

  it('keeps route texts free of white space: Go takes them apart by hand', () => {
    const route = topicRouteData.parse(
      goldenRecords<{ routeInStandardJson: string }>('bodies.json').routeInStandardJson,
    );
    for (const form of ['compact', 'fastjson', 'standard'] as const)
      expect(topicRouteData.format(route, form)).not.toMatch(/\s/);
  });

  it('route texts with quoted keys are standard JSON', () => {
    const route = topicRouteData.parse('{"brokerDatas":[{"brokerAddrs":{0:"a:1"},"brokerName":"b"}]}');
    expect(JSON.parse(new TextDecoder().decode(topicRouteData.encode(route)))).toMatchObject({
      brokerDatas: [{ brokerAddrs: { 0: 'a:1' } }],
    });
  });
});

describe('names that objects inherit', () => {
  it('are names like others', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const table = new Map(names.map((name) => [name, name]));
    for (const form of ['compact', 'pretty', 'standard'] as const) {
      expect(kvTable.parse(kvTable.format({ table }, form)).table).toEqual(table);
    }
    expect(kvTable.parse(`/**/${kvTable.format({ table }, 'compact')}`).table).toEqual(table);
  });
});

describe('small texts with large meanings', () => {
  it('end in an error, not in a full memory', () => {
    // Every level refers 200 times to the level before.
    const level = (name: string, of: string) =>
      `"${name}":[${Array<string>(200).fill(`{"$ref":"$.${of}"}`).join(',')}]`;
    const bomb = `{"x":[${Array<string>(200).fill('1').join(',')}],${level('a', 'x')},${level('b', 'a')},${level('c', 'b')},${level('d', 'c')}}`;
    const nested = object('Nested', { d: list(list(list(list(list(int()))))) });
    expect(() => nested.parse(bomb)).toThrow('references make too much of this text');
  });

  it('rings end where the shape ends', () => {
    const { consumerTable } = getConsumerStatusBody.parse('{"consumerTable":{"a":{}},"x":{"$ref":"$"}}');
    expect(consumerTable.get('a')).toEqual([]);
    expect(() => kvTable.parse('{"table":{"a":{"$ref":"$"}}}')).toThrow('expected a text');
  });
});

describe('bit sets', () => {
  it('survive', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(300)), (bits) => {
        const ack = { ...batchAck.parse('{}'), bitSet: bits.toSorted((a, b) => a - b) };
        expect(batchAck.decode(batchAck.encode(ack)).bitSet).toEqual(ack.bitSet);
      }),
    );
  });

  it('are those of Java', () => {
    expect(batchAck.parse('{"b":"CQEAAAAAAABA"}').bitSet).toEqual([0, 3, 8, 70]);
    expect(batchAck.parse('{"b":"CQ=="}').bitSet).toEqual([0, 3]);
  });

  it.each(['"C"', '"C*=="', '7', '"AAAAA"'])('%s is none', (json) => {
    expect(() => batchAck.parse(`{"b":${json}}`)).toThrow('expected a bit set in base64');
  });
});

describe('mutated bodies', () => {
  const made = goldenRecords<{ made: readonly { class: string; text: string }[] }>('bodies.json').made;
  const bodies = [
    heartbeatData,
    topicRouteData,
    topicStatsTable,
    consumerRunningInfo,
    subscriptionGroupWrapper,
    topicConfigAndMappingSerializeWrapper,
    getConsumerStatusBody,
    entryMap(text(), text()),
  ];

  it('are read or refused', () => {
    const encoder = new TextEncoder();
    fc.assert(
      fc.property(
        fc.constantFrom(...made.map(({ text: json }) => json)),
        fc.constantFrom(...bodies),
        fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(...encoder.encode('{}[]",:0$')))), {
          maxLength: 5,
        }),
        (json, body, changes) => {
          const bytes = encoder.encode(json);
          for (const [where, byte] of changes) bytes[where % bytes.length] = byte;
          const error = protocolErrorOf(() => (body as JsonBody<unknown>).encode(body.decode(bytes)));
          expect([undefined, 'body', 'limit']).toContain(error?.reason);
        },
      ),
      { numRuns: 5000 },
    );
  });
});
