import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FrameDecoder,
  FrameWriter,
  hostBytes,
  type HostBytes,
  encodeOffsetMessageId,
  type JsonHeader,
  PreparedSendAnswers,
  type RemotingCommand,
  type SendAnswer,
  sendMessageV2,
} from '../../src/index.js';

const FIELDS = { MSG_REGION: 'DefaultRegion', TRACE_ON: 'true' };

function read(write: (writer: FrameWriter) => void): RemotingCommand[] {
  const writer = new FrameWriter();
  write(writer);
  const decoder = new FrameDecoder();
  const commands: RemotingCommand[] = [];
  for (const chunk of writer.take()) decoder.push(chunk, (command) => void commands.push(command));
  expect(decoder.pendingBytes).toBe(0);
  return commands;
}

const plain = ({ code, flag, language, version, opaque, remark, fields, body }: RemotingCommand) => ({
  ...{ code, flag, language, version, opaque, remark, fields },
  body: [...body],
});

/** As the writer for all answers has it. */
const written = (storeHost: HostBytes, opaque: number, answer: SendAnswer) =>
  read((writer) => {
    const { physicalOffset, queueId, queueOffset, transactionId } = answer;
    const msgId = encodeOffsetMessageId(storeHost, physicalOffset);
    const header = { msgId, queueId, queueOffset, transactionId };
    writer.writeResponse(sendMessageV2, { opaque, code: 0, header, extFields: FIELDS });
  });

function prepared(storeHost: HostBytes, opaque: number, answer: SendAnswer): RemotingCommand[] {
  const answers = new PreparedSendAnswers(storeHost, FIELDS);
  const header: JsonHeader = {
    jsonBound: answers.bound(answer),
    writeJson: (into, at, id) => {
      const end = answers.write(into, at, id, answer);
      expect(end - at).toBeLessThanOrEqual(answers.bound(answer));
      return end;
    },
  };
  return read((writer) => {
    writer.writeAnswer(header, opaque);
    writer.writeAnswer(header, opaque);
  });
}

describe('a prepared answer', () => {
  it('says what the written one says, whatever it is', () => {
    const number = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 15, 16, 0xffff_ffff, 0x1_0000_0000));
    const answer = fc.record({
      physicalOffset: number,
      queueId: fc.nat(),
      queueOffset: number,
      transactionId: fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 60 })),
    });
    const host = fc.constantFrom(hostBytes('127.0.0.1', 10_911), hostBytes('2001:db8:0:0:0:0:0:2', 1));
    fc.assert(
      fc.property(host, fc.nat(), answer, (storeHost, opaque, each) => {
        const [expected] = written(storeHost, opaque, each).map(plain);
        expect(prepared(storeHost, opaque, each).map(plain)).toEqual([expected, expected]);
      }),
      { numRuns: 500 },
    );
  });

  it('goes on in another buffer when one is full', () => {
    const answers = new PreparedSendAnswers(hostBytes('127.0.0.1', 1), FIELDS);
    const commands = read((writer) => {
      for (let opaque = 0; opaque < 1000; opaque++) {
        const answer = { physicalOffset: opaque, queueId: 1, queueOffset: opaque, transactionId: 'x'.repeat(32) };
        writer.writeAnswer(
          { jsonBound: answers.bound(answer), writeJson: (into, at, id) => answers.write(into, at, id, answer) },
          opaque,
        );
      }
    });
    expect(commands.map(({ opaque, fields }) => [opaque, fields?.['queueOffset']])).toEqual(
      Array.from({ length: 1000 }, (_, opaque) => [opaque, String(opaque)]),
    );
  });
});
