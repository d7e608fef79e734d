import { describe, expect, it } from 'vitest';
import {
  FrameDecoder,
  FrameWriter,
  type Header,
  type HeaderCodec,
  type RemotingCommand,
  requestByCode,
  type Shape,
} from '../../src/index.js';
import {
  concatenate,
  describeFrame,
  type GoldenFrame,
  goldenBytes,
  goldenFrames,
  headerBytes,
  readGoldenJson,
} from '../golden-wire.js';
import { plainCommand } from '../plain-command.js';

function decode(bytes: Uint8Array): RemotingCommand {
  const commands: RemotingCommand[] = [];
  new FrameDecoder().push(bytes, (command) => commands.push(plainCommand(command)));
  expect(commands).toHaveLength(1);
  return commands[0]!;
}

function encode(command: RemotingCommand): Uint8Array {
  const writer = new FrameWriter();
  const { code, opaque, language, version, remark, body, serialization, fields } = command;
  const options = { opaque, language, version, remark, body, serialization, extFields: fields };
  if (command.flag === 1) writer.writeResponse(undefined, { ...options, code });
  else writer.writeRequest({ ...requestByCode(10)!, code }, { ...options, oneway: command.flag === 2 });
  return concatenate(writer.take());
}

/** The header as a thing to compare: parsed JSON with all values of extFields as text, or the bytes without their order. */
function comparableHeader(frame: Uint8Array, serialize: GoldenFrame['serialize']): unknown {
  const bytes = headerBytes(frame);
  // the order of the fields is that of a Java hash map
  if (serialize === 'rocketmq') return Array.from(bytes).toSorted((a, b) => a - b);
  const header = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  const extFields = header['extFields'] as Record<string, unknown> | undefined;
  return {
    serializeTypeCurrentRPC: 'JSON', // ali-ons leaves it out
    ...header,
    ...(extFields && { extFields: Object.fromEntries(Object.entries(extFields).map(([k, v]) => [k, String(v)])) }),
  };
}

describe('every captured frame', () => {
  it('decodes to what the capture says', () => {
    expect(goldenFrames.length).toBeGreaterThan(2000);
    for (const frame of goldenFrames) {
      const where = describeFrame(frame);
      const { code, opaque, language, version, serialization, body, flag } = decode(goldenBytes(frame));
      expect({ where, code, opaque, language, version, serialization, bodyBytes: body.length, flag }).toEqual({
        where,
        code: frame.kind === 'response' ? frame.responseCode : frame.code,
        opaque: frame.opaque,
        language: frame.language,
        version: frame.version,
        serialization: frame.serialize,
        bodyBytes: frame.bodyBytes,
        flag: { request: 0, response: 1, oneway: 2 }[frame.kind],
      });
    }
  });

  it('is written again with the same header and body', () => {
    // a binary value of length 0 is an absent one: it is not written again
    const whole = goldenFrames.filter((frame) => frame.serialize === 'json' || !hasEmptyValue(goldenBytes(frame)));
    expect(whole.length).toBeGreaterThan(2000);
    for (const frame of whole) {
      const bytes = goldenBytes(frame);
      const command = decode(bytes);
      const again = encode(command);
      const where = describeFrame(frame);
      expect({ where, header: comparableHeader(again, frame.serialize), command: decode(again) }).toEqual({
        where,
        header: comparableHeader(bytes, frame.serialize),
        command,
      });
    }
  });

  it('is written with the keys in the order Apache has them', () => {
    for (const frame of goldenFrames.filter((one) => one.serialize === 'json')) {
      const header = JSON.parse(new TextDecoder().decode(headerBytes(encode(decode(goldenBytes(frame)))))) as object;
      expect(Object.keys(header)).toEqual(Object.keys(header).toSorted());
    }
  });
});

function hasEmptyValue(frame: Uint8Array): boolean {
  return encode(decode(frame)).length < frame.length;
}

/** Frames that were composed to be refused: the error is the right answer. By code and scenario. */
const REFUSED: Readonly<Record<string, string>> = {
  '10 code sent to the name server': 'SEND_MESSAGE request: field producerGroup is missing, expected a text',
  '11 pull: field missing':
    'PULL_MESSAGE request: field queueOffset is missing, expected an integer that JavaScript can hold exactly',
  '310 send: queueId missing':
    'SEND_MESSAGE_V2 request: field queueId (e) is missing, expected a signed 32-bit integer',
  '310 send: queueId not a number':
    'SEND_MESSAGE_V2 request: field queueId (e) is "abc", expected a signed 32-bit integer',
};

/** The frame's header codec and its fields; undefined where no definition says what is in them. */
function typed(frame: GoldenFrame) {
  const definition = requestByCode(frame.requestCode ?? frame.code);
  const { fields } = decode(goldenBytes(frame));
  if (definition === undefined) return undefined;
  if (frame.kind !== 'response') return { codec: definition.request, fields };
  // an answer that is no success has all header fields or none
  return frame.responseCode === 0 && fields !== undefined ? { codec: definition.response, fields } : undefined;
}

function failure(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('headers of captured frames', () => {
  it('are accepted by their definitions, but for those made to be refused', () => {
    for (const frame of goldenFrames) {
      const header = typed(frame);
      const problem = header && failure(() => header.codec.decode(header.fields));
      const expected = frame.kind === 'response' ? undefined : REFUSED[refusal(frame)];
      expect(`${describeFrame(frame)}: ${problem}`).toBe(`${describeFrame(frame)}: ${expected}`);
    }
  });

  it('lose nothing by the way through the typed header', () => {
    let compared = 0;
    for (const frame of goldenFrames) {
      const { codec, fields } = typed(frame) ?? {};
      if (codec === undefined || fields === undefined || REFUSED[refusal(frame)] !== undefined) continue;
      const header = codec.decode(fields);
      const again = codec.encode(header);
      const where = describeFrame(frame);
      expect({ where, again }).toMatchObject({ where, again: knownFields(codec.shape, fields) });
      // the writer of JSON says the same
      expect({ where, again: writtenAsJson(codec, header) }).toEqual({ where, again });
      compared++;
    }
    expect(compared).toBeGreaterThan(1000);
  });
});

function writtenAsJson<S extends Shape>(codec: HeaderCodec<S>, header: Header<S>): unknown {
  const bytes = new Uint8Array(codec.jsonBound(header));
  return JSON.parse(
    `{${new TextDecoder().decode(bytes.subarray(0, codec.encodeJson(header, bytes, 0, bytes.length)))}}`,
  );
}

function refusal(frame: GoldenFrame): string {
  return `${frame.code} ${frame.scenario.replace(/ -$/, '')}`;
}

/** What must be there again: all that the shape knows; "no upper bound" is read as the largest safe integer. */
function knownFields(shape: Shape, fields: Readonly<Record<string, string>>): Record<string, string> {
  const keys = new Set(Object.entries(shape).map(([name, field]) => field.wire ?? name));
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([key]) => keys.has(key))
      .map(([key, value]) => [key, value === '9223372036854775807' ? String(Number.MAX_SAFE_INTEGER) : value]),
  );
}

interface GoldenCommand {
  readonly serialize: 'JSON' | 'ROCKETMQ';
  readonly code: number;
  readonly flag: number;
  readonly version: number;
  readonly opaque: number;
  readonly remark: string | null;
  readonly extFields: Readonly<Record<string, string>> | null;
  readonly bodyHex: string | null;
  readonly frameHex: string;
  readonly decodedByApache: {
    readonly code: number;
    readonly language: string;
    readonly remark: string | null;
    readonly extFields: Readonly<Record<string, string | null>> | null;
  };
}

const bytesOf = (hex: string) => new Uint8Array(hex.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? []);

describe("frames of Apache's own encoder", () => {
  const { frames } = readGoldenJson<{ frames: GoldenCommand[] }>('records/commands.json');
  // in the binary form Apache cuts codes that do not fit; we write JSON
  const exact = frames.filter((frame) => frame.code <= 0x7fff || frame.serialize === 'JSON');

  it.each(frames.map((frame, index) => [index, frame] as const))(
    'frame %i is read as Apache reads it',
    (_index, frame) => {
      const { code, language, remark, fields, body } = decode(bytesOf(frame.frameHex));
      const apache = frame.decodedByApache;
      expect({ code, language, remark: remark ?? null, body }).toEqual({
        code: apache.code,
        language: apache.language,
        remark: apache.remark,
        body: bytesOf(frame.bodyHex ?? ''),
      });
      const present = Object.entries(apache.extFields ?? {}).filter(([, value]) => value !== null);
      expect(fields ?? {}).toEqual(Object.fromEntries(present));
    },
  );

  it.each(exact.map((frame, index) => [index, frame] as const))(
    'frame %i is written byte for byte',
    (_index, frame) => {
      const writer = new FrameWriter();
      const options = {
        opaque: frame.opaque,
        version: frame.version,
        remark: frame.remark ?? undefined,
        extFields: frame.extFields ?? undefined, // in the order of Apache's map
        body: bytesOf(frame.bodyHex ?? ''),
        serialization: frame.serialize === 'JSON' ? ('json' as const) : ('rocketmq' as const),
      };
      if (frame.flag === 1) writer.writeResponse(undefined, { ...options, code: frame.code });
      else writer.writeRequest({ ...requestByCode(10)!, code: frame.code }, { ...options, oneway: frame.flag === 2 });
      expect(Buffer.from(concatenate(writer.take())).toString('hex')).toBe(frame.frameHex);
    },
  );
});
