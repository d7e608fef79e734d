import { getMaxOffset, ResponseCode } from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import { undisturbed } from './bystander.js';
import { FaultServer, until } from './fault-server.js';
import { frame, int32, jsonFrame, Opcode, RawPeer, webSocketFrame } from './raw-peer.js';

const MIB = 1 << 20;
const GOOD = frame(getMaxOffset, { opaque: 7, header: { topic: 'TBW102', queueId: 0, committed: true } });

const manyFields = (count: number): string =>
  `{"code":105,"extFields":{${Array.from({ length: count }, (_, index) => `"f${index}":"x"`).join(',')}},"opaque":1}`;

function binaryFields(count: number): Buffer {
  const field = Buffer.from([0, 1, 0x61, 0, 0, 0, 1, 0x62]);
  const fields = Buffer.concat(Array.from({ length: count }, () => field));
  const header = Buffer.concat([
    Buffer.from([0, 105, 0, 1, 0xdf, 0, 0, 0, 1, 0, 0, 0, 0]),
    int32(0, fields.length),
    fields,
  ]);
  return Buffer.concat([int32(4 + header.length, (1 << 24) | header.length), header]);
}

/** Bytes behind which nothing can be understood any more. */
const DAMAGE: readonly (readonly [string, Uint8Array])[] = [
  ['a negative length', int32(-1, 0)],
  ['a length of 0', int32(0, 0)],
  ['a length that has no room for the header length', int32(3, 0)],
  ['the greatest length there is', int32(0x7fff_ffff, 20)],
  ['a length one byte over 16 MiB', int32(16 * MIB - 3, 20)],
  ['a header that is larger than its frame', int32(20, 21)],
  ['a header without a byte', int32(20, 0)],
  ['a header of 15 MiB', int32(15 * MIB, 15 * MIB - 4)],
  ['serialisation 2', int32(24, (2 << 24) | 20)],
  ['serialisation 255', int32(24, (0xff << 24) | 20)],
  ['a header that is no JSON', jsonFrame('remoting')],
  ['a header of JSON that is no object', jsonFrame('[1,2,3]')],
  ['a header of JSON that is cut off', jsonFrame('{"code":310,"extFields":{"a":"p","b":')],
  ['a header of JSON with zeros behind', jsonFrame('{"code":310}\0\0\0')],
  ['a header nested a hundred thousand times', jsonFrame(`{"code":1,"extFields":{"a":${'['.repeat(100_000)}`)],
  ['a code that is no number', jsonFrame('{"code":"send","opaque":1}')],
  ['a code that is an object', jsonFrame('{"code":{},"opaque":1}')],
  ['an opaque beyond 32 bits', jsonFrame('{"code":105,"opaque":99999999999999999999}')],
  ['fields that are no object', jsonFrame('{"code":105,"extFields":[1,2],"opaque":1}')],
  ['a field that is an object', jsonFrame('{"code":30,"extFields":{"topic":"T","queueId":{}},"opaque":1}')],
  ['100 000 fields', jsonFrame(manyFields(100_000))],
  ['100 000 fields in the binary form', binaryFields(100_000)],
  ['a binary header that ends too soon', Buffer.concat([int32(12, (1 << 24) | 8), Buffer.alloc(8)])],
  [
    'a binary remark longer than the header',
    Buffer.concat([
      int32(4 + 21, (1 << 24) | 21),
      Buffer.from([0, 105, 0, 1, 0xdf, 0, 0, 0, 1, 0, 0, 0, 0]),
      int32(0x7fff_ffff, 0),
    ]),
  ],
  ['random bytes', Buffer.from('f3a97c11d2e0448b90a1b2c3d4e5f60718293a4b5c6d7e8f', 'hex')],
];

const asIs = (bytes: Uint8Array): Uint8Array => bytes;
const asMessage = (bytes: Uint8Array): Uint8Array => webSocketFrame(Opcode.BINARY, bytes);
const KINDS = [
  { kind: 'TCP', connect: RawPeer.connect, wrap: asIs },
  { kind: 'WebSocket', connect: RawPeer.webSocket, wrap: asMessage },
] as const;

describe('what cannot be understood ends its connection, and only that', () => {
  it.each(KINDS.map((each) => [each.kind, each] as const))(
    'behind a good request over %s',
    async (kind, { connect, wrap }) => {
      const server = await FaultServer.start();
      await undisturbed(server, async () => {
        for (const [what, bytes] of DAMAGE) {
          const peer = await connect(server);
          peer.send(wrap(GOOD));
          await until(() => peer.bytes().length > 0);
          const before = server.log.length;
          peer.send(wrap(bytes));
          await peer.ended;
          const warnings = server.log.slice(before).filter(({ level }) => level !== 'debug');
          expect(warnings, `${what} over ${kind}`).toMatchObject([
            { level: 'warn', message: expect.stringContaining('not the remoting protocol') as string },
          ]);
        }
        await until(async () => (await server.connections()) === 2);
      });
    },
  );

  it('as the first thing on a connection', async () => {
    const server = await FaultServer.start();
    await undisturbed(server, async () => {
      for (const [, bytes] of DAMAGE) {
        const peer = await RawPeer.connect(server);
        peer.send(bytes);
        await peer.ended;
      }
      await until(async () => (await server.connections()) === 2);
    });
  });

  it('a frame that never becomes whole is let go with its connection', async () => {
    const server = await FaultServer.start();
    await undisturbed(server, async () => {
      for (const cut of [1, 4, 7, 8, 20, GOOD.length - 1]) {
        const peer = await RawPeer.connect(server);
        peer.socket.end(GOOD.subarray(0, cut));
        expect(await peer.ended).toBe('fin');
        expect(peer.bytes().length).toBe(0);
      }
      await until(async () => (await server.connections()) === 2);
    });
  });
});

describe('a frame that can be understood is answered, and its connection stays', () => {
  it.each([
    ['an unknown code', '{"code":29999,"opaque":1}', ResponseCode.REQUEST_CODE_NOT_SUPPORTED, /29999 not supported/],
    ['a negative code', '{"code":-5,"opaque":1}', ResponseCode.REQUEST_CODE_NOT_SUPPORTED, /-5 not supported/],
    ['no code at all', '{"opaque":1}', ResponseCode.REQUEST_CODE_NOT_SUPPORTED, /0 not supported/],
    ['no field at all', '{"code":310,"opaque":1}', ResponseCode.SYSTEM_ERROR, /SEND_MESSAGE_V2/],
    ['fields that are null', '{"code":310,"extFields":null,"opaque":1}', ResponseCode.SYSTEM_ERROR, /SEND_MESSAGE_V2/],
    [
      'a word for a number',
      '{"code":30,"extFields":{"topic":"T","queueId":"abc"},"opaque":1}',
      ResponseCode.SYSTEM_ERROR,
      /queueId/,
    ],
    [
      'a fraction for a number',
      '{"code":30,"extFields":{"topic":"T","queueId":"1.5"},"opaque":1}',
      ResponseCode.SYSTEM_ERROR,
      /queueId/,
    ],
    [
      'a number beyond 32 bits',
      '{"code":30,"extFields":{"topic":"T","queueId":"4294967296"},"opaque":1}',
      ResponseCode.SYSTEM_ERROR,
      /queueId/,
    ],
    [
      'a number beyond 64 bits',
      `{"code":30,"extFields":{"topic":"T","queueId":"${'9'.repeat(400)}"},"opaque":1}`,
      ResponseCode.SYSTEM_ERROR,
      /queueId/,
    ],
    [
      'a required field too few',
      '{"code":30,"extFields":{"queueId":"0"},"opaque":1}',
      ResponseCode.SYSTEM_ERROR,
      /topic/,
    ],
  ])('%s', async (_, header, code, remark) => {
    const server = await FaultServer.start();
    const peer = await RawPeer.connect(server);
    peer.send(jsonFrame(header));
    const answer = await peer.answer(1);
    expect(answer.code).toBe(code);
    expect(answer.remark).toMatch(remark);
    peer.send(GOOD);
    expect((await peer.answer(7)).code).toBe(ResponseCode.SUCCESS);
  });

  it('an answer that nobody has asked for is passed over', async () => {
    const server = await FaultServer.start();
    const peer = await RawPeer.connect(server);
    peer.send(jsonFrame('{"code":0,"flag":1,"opaque":99}'));
    peer.send(GOOD);
    expect((await peer.answer(7)).code).toBe(ResponseCode.SUCCESS);
    expect(peer.answers()).toHaveLength(1);
  });
});
