import { describe, expect, it } from 'vitest';
import {
  CURRENT_VERSION,
  FrameDecoder,
  FrameWriter,
  getRouteinfoByTopic,
  popMessage,
  ProtocolError,
  type RemotingCommand,
  sendMessageV2,
} from '../../src/index.js';
import { concatenate } from '../golden-wire.js';

function decode(chunks: readonly Uint8Array[]): RemotingCommand[] {
  const commands: RemotingCommand[] = [];
  const decoder = new FrameDecoder();
  for (const chunk of chunks) decoder.push(chunk, (command) => commands.push(command));
  expect(decoder.pendingBytes).toBe(0);
  return commands;
}

const answer = { msgId: '0A00000200002A9F0000000000001234', queueId: 1, queueOffset: 5 };

const send = {
  producerGroup: 'PG',
  topic: '标签',
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: 4,
  queueId: 1,
  sysFlag: 0,
  bornTimestamp: 1_700_000_000_000,
  flag: 0,
  properties: 'KEYS\u0001k1\u0002',
};

const SEND_FIELDS = {
  a: 'PG',
  b: '标签',
  c: 'TBW102',
  d: '4',
  e: '1',
  f: '0',
  g: '1700000000000',
  h: '0',
  i: 'KEYS\u0001k1\u0002',
};

describe.each(['json', 'rocketmq'] as const)('frames in %s', (serialization) => {
  it('carry a request', () => {
    const writer = new FrameWriter();
    const body = new TextEncoder().encode('hello');
    writer.writeRequest(sendMessageV2, {
      opaque: 7,
      header: send,
      extFields: { AccessKey: 'me' },
      body,
      serialization,
    });
    expect(decode(writer.take())).toEqual([
      {
        code: 310,
        language: 'JAVA',
        version: 479,
        opaque: 7,
        flag: 0,
        remark: undefined,
        fields: { ...SEND_FIELDS, AccessKey: 'me' },
        body,
        serialization,
      },
    ]);
  });

  it('carry a oneway request, an answer, and an answer without a header', () => {
    const writer = new FrameWriter();
    writer.writeRequest(getRouteinfoByTopic, {
      opaque: 1,
      oneway: true,
      header: { topic: 'T' },
      version: 3,
      language: 'GO',
      serialization,
    });
    writer.writeResponse(sendMessageV2, {
      opaque: 2,
      code: 10,
      header: answer,
      extFields: { TRACE_ON: 'true' },
      serialization,
    });
    writer.writeResponse(undefined, {
      opaque: 3,
      code: 3,
      remark: ' request type 9999 not supported "\n',
      serialization,
    });
    const [oneway, response, unknown] = decode(writer.take());
    expect(oneway).toMatchObject({ code: 105, flag: 2, version: 3, language: 'GO', fields: { topic: 'T' } });
    expect(response).toMatchObject({ code: 10, flag: 1, opaque: 2, version: CURRENT_VERSION });
    expect(response?.fields).toEqual({ msgId: answer.msgId, queueId: '1', queueOffset: '5', TRACE_ON: 'true' });
    expect(unknown).toMatchObject({ code: 3, remark: ' request type 9999 not supported "\n', fields: undefined });
  });

  it('let loose fields win over those of the header', () => {
    const writer = new FrameWriter();
    writer.writeRequest(getRouteinfoByTopic, {
      opaque: 1,
      header: { topic: 'T' },
      extFields: { topic: 'U' },
      serialization,
    });
    expect(decode(writer.take())[0]?.fields).toEqual({ topic: 'U' });
  });

  it('leave no trace when they cannot be written', () => {
    const writer = new FrameWriter();
    writer.writeResponse(undefined, { opaque: 1, code: 0, serialization });
    const before = writer.pendingBytes;
    const bad = { ...answer, queueId: Number.NaN };
    expect(() => writer.writeResponse(sendMessageV2, { opaque: 2, code: 0, header: bad, serialization })).toThrow(
      ProtocolError,
    );
    const large = { opaque: 3, code: 0, body: new Uint8Array(16 * 1024 * 1024), serialization };
    expect(() => writer.writeResponse(undefined, large)).toThrow('at most 16777216 can be sent');
    expect(writer.pendingBytes).toBe(before);
    writer.writeResponse(undefined, { opaque: 4, code: 0, serialization });
    expect(decode(writer.take()).map((command) => command.opaque)).toEqual([1, 4]);
  });

  it('take headers of any size', () => {
    const writer = new FrameWriter();
    const remark = '长'.repeat(300_000);
    const extFields = Object.fromEntries(
      Array.from({ length: 3000 }, (_, index) => [`k${index}`, 'ü'.repeat(index % 70)]),
    );
    writer.writeResponse(undefined, { opaque: 1, code: 1, remark, extFields, serialization });
    const [command] = decode(writer.take());
    expect(command?.remark).toBe(remark);
    const expected = Object.entries(extFields).filter(([, value]) => value !== '' || serialization === 'json');
    expect(command?.fields).toEqual(Object.fromEntries(expected));
  });
});

describe('a writer', () => {
  it('collects the frames of a turn into one chunk', () => {
    const writer = new FrameWriter();
    for (let opaque = 0; opaque < 100; opaque++) {
      writer.writeResponse(sendMessageV2, { opaque, code: 0, header: answer, body: new Uint8Array(100) });
    }
    const pending = writer.pendingBytes;
    const chunks = writer.take();
    expect(chunks).toHaveLength(1);
    expect(chunks[0]).toHaveLength(pending);
    expect(writer.pendingBytes).toBe(0);
    expect(writer.take()).toEqual([]);
    expect(decode(chunks).map((command) => command.opaque)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('goes on in another buffer when one is full, and never touches what was taken', () => {
    const writer = new FrameWriter();
    const taken: Uint8Array[] = [];
    const bodies: Uint8Array[] = [];
    for (let opaque = 0; opaque < 300; opaque++) {
      const body = new Uint8Array((opaque * 7919) % 5000).fill(opaque);
      bodies.push(body);
      writer.writeResponse(undefined, { opaque, code: 0, body });
      if (opaque % 7 === 0) taken.push(...writer.take());
    }
    taken.push(...writer.take());
    expect(decode(taken).map((command) => command.body)).toEqual(bodies);
  });

  it('sends large bodies uncopied and small ones with their header', () => {
    const writer = new FrameWriter();
    const large = new Uint8Array(64 * 1024 + 1).fill(1);
    const small = new Uint8Array(64 * 1024).fill(2);
    writer.writeResponse(undefined, { opaque: 1, code: 0, body: large });
    writer.writeResponse(undefined, { opaque: 2, code: 0, body: small });
    const chunks = writer.take();
    expect(chunks[1]).toBe(large);
    expect(chunks.some((chunk) => chunk === small)).toBe(false);
    expect(decode(chunks).map((command) => command.body)).toEqual([large, small]);
  });

  it('writes slices one behind the other', () => {
    const writer = new FrameWriter();
    const slices = [Uint8Array.of(1, 2), new Uint8Array(0), new Uint8Array(70_000).fill(3), Uint8Array.of(4)];
    writer.writeResponse(undefined, { opaque: 1, code: 0, body: slices });
    writer.writeResponse(undefined, { opaque: 2, code: 0, body: [] });
    expect(decode(writer.take()).map((command) => command.body)).toEqual([concatenate(slices), new Uint8Array(0)]);
  });

  it('writes codes that do not fit into a binary header as JSON', () => {
    const writer = new FrameWriter();
    const header = {
      consumerGroup: 'CG',
      topic: 'T',
      queueId: -1,
      maxMsgNums: 1,
      invisibleTime: 1,
      pollTime: 1,
      bornTime: 1,
      initMode: 0,
      order: false,
    };
    writer.writeRequest(popMessage, { opaque: 1, header, serialization: 'rocketmq' });
    expect(decode(writer.take())[0]).toMatchObject({ code: 200050, serialization: 'json' });
  });
});
