import { describe, expect, it } from 'vitest';
import { FrameDecoder, FrameWriter, type RemotingCommand, requestByCode, type Shape } from '../../src/index.js';
import {
  concatenate,
  describeFrame,
  type GoldenFrame,
  goldenBytes,
  goldenFrames,
  headerBytes,
  readGoldenJson,
} from '../golden-wire.js';

function decode(bytes: Uint8Array): RemotingCommand {
  const commands: RemotingCommand[] = [];
  new FrameDecoder().push(bytes, (command) => commands.push(command));
  expect(commands).toHaveLength(1);
  return commands[0]!;
}

const text = new TextDecoder();

/** Header values as Apache's map would have them: text, null left out. */
function normalized(fields: Readonly<Record<string, unknown>> | undefined): Record<string, string> | undefined {
  if (fields === undefined) return undefined;
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)]));
}

describe('every captured frame', () => {
  it('decodes to what the capture says', () => {
    expect(goldenFrames.length).toBeGreaterThan(2000);
    for (const frame of goldenFrames) {
      const command = decode(goldenBytes(frame));
      const where = describeFrame(frame);
      expect(command.code, where).toBe(frame.kind === 'response' ? frame.responseCode : frame.code);
      expect(command.opaque, where).toBe(frame.opaque);
      expect(command.language, where).toBe(frame.language);
      expect(command.version, where).toBe(frame.version);
      expect(command.serialization, where).toBe(frame.serialize);
      expect(command.body.length, where).toBe(frame.bodyBytes);
      expect(command.flag, where).toBe(frame.kind === 'response' ? 1 : frame.kind === 'oneway' ? 2 : 0);
    }
  });

  it('is written again with the same header and body', () => {
    let emptied = 0;
    for (const frame of goldenFrames) {
      const bytes = goldenBytes(frame);
      const command = decode(bytes);
      const again = encode(command);
      const where = describeFrame(frame);
      expect(again.subarray(again.length - command.body.length), where).toEqual(command.body);
      if (frame.serialize === 'json') {
        const before = JSON.parse(text.decode(headerBytes(bytes))) as Record<string, unknown>;
        const after = JSON.parse(text.decode(headerBytes(again))) as Record<string, unknown>;
        const extFields = normalized(before['extFields'] as Record<string, unknown> | undefined);
        // ali-ons leaves serializeTypeCurrentRPC out
        const expected = {
          serializeTypeCurrentRPC: 'JSON',
          ...before,
          ...(extFields === undefined ? {} : { extFields }),
        };
        expect(after, where).toEqual(expected);
        // Apache's readers do not mind, but a reader of captures does: the same order of keys
        expect(Object.keys(after), where).toEqual(Object.keys(expected).toSorted());
      } else {
        expect(decode(again), where).toEqual(command);
        // the same bytes but for the order of Java's hash map; values of length 0 are absent ones and are not written
        if (again.length < bytes.length) emptied++;
        else expect(headerBytes(again).toSorted(), where).toEqual(headerBytes(bytes).toSorted());
      }
    }
    expect(emptied).toBeLessThan(20);
  });
});

function encode(command: RemotingCommand): Uint8Array {
  const writer = new FrameWriter();
  const { code, opaque, language, version, remark, body, serialization, fields } = command;
  const options = { opaque, language, version, remark, body, serialization, extFields: fields };
  if (command.flag === 1) writer.writeResponse(undefined, { ...options, code });
  else writer.writeRequest({ ...requestByCode(10)!, code }, { ...options, oneway: command.flag === 2 });
  return concatenate(writer.take());
}

/** Frames that were composed to be refused: the error is the right answer. By scenario. */
const REFUSED: Readonly<Record<string, string>> = {
  'code sent to the name server': 'producerGroup is missing',
  'pull: field missing': 'queueOffset is missing',
  'send: queueId missing': 'queueId (e) is missing',
  'send: queueId not a number': 'queueId (e) is "abc"',
};

describe('headers of captured frames', () => {
  const known = goldenFrames.filter((frame) => requestByCode(frame.requestCode ?? frame.code) !== undefined);

  it('are accepted by their definitions, but for those made to be refused', () => {
    const refused = new Map<string, string>();
    for (const frame of known) {
      const definition = requestByCode(frame.requestCode ?? frame.code)!;
      const command = decode(goldenBytes(frame));
      // an answer that is not a success has header fields or none
      if (frame.kind === 'response' && (frame.responseCode !== 0 || command.fields === undefined)) continue;
      const codec = frame.kind === 'response' ? definition.response : definition.request;
      try {
        codec.decode(command.fields);
      } catch (error) {
        refused.set(describeFrame(frame), (error as Error).message);
      }
    }
    for (const [where, message] of refused) {
      const expected = Object.entries(REFUSED).find(([scenario]) => where.includes(scenario));
      expect(expected, `${where}: ${message}`).toBeDefined();
      expect(message).toContain(expected![1]);
    }
    expect(refused.size).toBeGreaterThan(0);
  });

  it('lose nothing by the way through the typed header', () => {
    let compared = 0;
    for (const frame of known) {
      if (isRefused(frame)) continue;
      const definition = requestByCode(frame.requestCode ?? frame.code)!;
      const { fields, flag, code } = decode(goldenBytes(frame));
      if (fields === undefined || (flag === 1 && code !== 0)) continue;
      const codec = flag === 1 ? definition.response : definition.request;
      const again = codec.encode(codec.decode(fields));
      const where = describeFrame(frame);
      for (const key of wireKeys(codec.shape)) {
        if (fields[key] === '9223372036854775807') expect(again[key], where).toBe('9007199254740991');
        else if (fields[key] !== undefined) expect(again[key], `${where}: ${key}`).toBe(fields[key]);
      }
      // the two fast writers say the same
      const header = codec.decode(fields);
      expect(JSON.parse(`{${codec.encodeJson(header)}}`), where).toEqual(again);
      compared++;
    }
    expect(compared).toBeGreaterThan(1000);
  });
});

function isRefused(frame: GoldenFrame): boolean {
  return Object.keys(REFUSED).some((scenario) => frame.scenario.includes(scenario));
}

function wireKeys(shape: Shape): string[] {
  return Object.entries(shape).map(([name, field]) => field.wire ?? name);
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
  } | null;
}

const bytesOf = (hex: string) => new Uint8Array(hex.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? []);

describe("frames of Apache's own encoder", () => {
  const { frames } = readGoldenJson<{ frames: GoldenCommand[] }>('records/commands.json');

  it.each(frames.map((frame, index) => [index, frame] as const))('frame %i', (_index, frame) => {
    const command = decode(bytesOf(frame.frameHex));
    const apache = frame.decodedByApache!;
    expect(command.code).toBe(apache.code);
    expect(command.language).toBe(apache.language);
    expect(command.remark).toBe(apache.remark ?? undefined);
    const fields = Object.entries(apache.extFields ?? {}).filter(([, value]) => value !== null);
    expect(command.fields ?? {}).toEqual(Object.fromEntries(fields));
    expect(command.body).toEqual(bytesOf(frame.bodyHex ?? ''));

    if (frame.code > 0x7fff && frame.serialize === 'ROCKETMQ') return; // Apache cuts the code, we write JSON
    const writer = new FrameWriter();
    const options = {
      opaque: frame.opaque,
      version: frame.version,
      remark: frame.remark ?? undefined,
      extFields: frame.extFields ?? undefined,
      body: bytesOf(frame.bodyHex ?? ''),
      serialization: frame.serialize === 'JSON' ? ('json' as const) : ('rocketmq' as const),
    };
    if (frame.flag === 1) writer.writeResponse(undefined, { ...options, code: frame.code });
    else writer.writeRequest({ ...requestByCode(10)!, code: frame.code }, { ...options, oneway: frame.flag === 2 });
    // byte for byte: extFields are given here in the order of Apache's map
    expect(Buffer.from(concatenate(writer.take())).toString('hex')).toBe(frame.frameHex);
  });
});
