import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeHeader,
  FrameDecoder,
  FrameWriter,
  prepareRequest,
  ProtocolError,
  type RemotingCommand,
  sendMessageV2,
} from '../../src/index.js';

const header = {
  producerGroup: 'PG',
  topic: '标签 "x"',
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: 4,
  queueId: 1,
  sysFlag: 0,
  bornTimestamp: 0,
  flag: 0,
  properties: '',
  bname: 'broker-a',
};
const start = 'WAIT\u0001true\u0002UNIQ_KEY\u00010A0000';
const varying = { text: 'properties', textStart: start, number: 'bornTimestamp' } as const;
const prepared = prepareRequest(sendMessageV2, header, varying);

function commandsOf(writer: FrameWriter): RemotingCommand[] {
  const commands: RemotingCommand[] = [];
  const decoder = new FrameDecoder();
  for (const chunk of writer.take()) decoder.push(chunk, (command) => commands.push(command));
  expect(decoder.pendingBytes).toBe(0);
  return commands;
}

describe('a prepared request', () => {
  it('says what an ordinary one says, whatever varies', () => {
    const values = fc.record({
      opaque: fc.nat(0x7fff_ffff),
      text: fc.string({ unit: 'binary', maxLength: 300 }),
      number: fc.maxSafeInteger(),
      body: fc.uint8Array({ maxLength: 2000 }),
    });
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 60 }), (requests) => {
        const ours = new FrameWriter();
        const theirs = new FrameWriter();
        for (const { opaque, text, number, body } of requests) {
          ours.writePrepared(prepared, opaque, { text, number }, body);
          const whole = { ...header, properties: start + text, bornTimestamp: number };
          theirs.writeRequest(sendMessageV2, { opaque, header: whole, body });
        }
        const plain = (command: RemotingCommand) => ({
          code: command.code,
          language: command.language,
          version: command.version,
          opaque: command.opaque,
          flag: command.flag,
          remark: command.remark,
          fields: command.fields,
          body: command.body,
        });
        expect(commandsOf(ours).map(plain)).toEqual(commandsOf(theirs).map(plain));
      }),
    );
  });

  it('has all that stays in front, byte by byte the same', () => {
    const frame = (opaque: number, text: string, number: number) => {
      const writer = new FrameWriter();
      writer.writePrepared(prepared, opaque, { text, number }, new Uint8Array(0));
      return Buffer.from(writer.take()[0]!.subarray(8)).toString('utf8');
    };
    const [one, other] = [frame(1, 'a', 5), frame(200, 'bb', 66)];
    const staying = one.indexOf('0A0000') + 6;
    expect(one.slice(0, staying)).toBe(other.slice(0, staying));
    expect(one.slice(staying)).toBe('a","g":"5"},"opaque":1}');
    expect(other.slice(staying)).toBe('bb","g":"66"},"opaque":200}');
  });

  it('is read without parsing', () => {
    const plain = prepareRequest(sendMessageV2, { ...header, topic: 'T' }, varying);
    const writer = new FrameWriter();
    writer.writePrepared(plain, 7, { text: '1\u0002', number: 5 }, new Uint8Array(3));
    new FrameDecoder().push(writer.take()[0]!, (command) => {
      expect(decodeHeader(sendMessageV2.request, command)).toMatchObject({
        topic: 'T',
        properties: `${start}1\u0002`,
        bornTimestamp: 5,
      });
    });
  });

  it('is refused when it is prepared, or too large when it is written', () => {
    const wrong = { ...header, queueId: 1.5 };
    expect(() => prepareRequest(sendMessageV2, wrong, varying)).toThrow(ProtocolError);
    const writer = new FrameWriter();
    const large = new Uint8Array(16 * 1024 * 1024);
    expect(() => writer.writePrepared(prepared, 1, { text: '', number: 1 }, large)).toThrow(/frame of \d+ bytes/);
    expect(writer.pendingBytes).toBe(0);
  });
});
