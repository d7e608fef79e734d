import { seededRandom } from '@cometmq/runtime';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  FrameDecoder,
  type FrameDecoderOptions,
  FrameWriter,
  ProtocolError,
  type RemotingCommand,
} from '../../src/index.js';
import { concatenate, goldenBytes, goldenFrames } from '../golden-wire.js';
import { plainCommand } from '../plain-command.js';

function push(decoder: FrameDecoder, chunks: readonly Uint8Array[]): RemotingCommand[] {
  const commands: RemotingCommand[] = [];
  for (const chunk of chunks) decoder.push(chunk, (command) => commands.push(plainCommand(command)));
  return commands;
}

const decodeAll = (chunks: readonly Uint8Array[], options?: FrameDecoderOptions) =>
  push(new FrameDecoder(options), chunks);

function frameOf(header: string | Uint8Array, body: Uint8Array = new Uint8Array(0), type = 0): Uint8Array {
  const headerBytes = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const frame = new Uint8Array(8 + headerBytes.length + body.length);
  const view = new DataView(frame.buffer);
  view.setInt32(0, frame.length - 4);
  view.setInt32(4, headerBytes.length | (type << 24));
  frame.set(headerBytes, 8);
  frame.set(body, 8 + headerBytes.length);
  return frame;
}

function prefix(total: number, headerWord: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, total);
  view.setInt32(4, headerWord);
  return bytes;
}

/** Sizes of pieces, from 1 byte to a few hundred, cut at random. */
function cut(bytes: Uint8Array, seed: number): Uint8Array[] {
  const random = seededRandom(seed);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = 1 + Math.floor(random.next() ** 3 * 700);
    pieces.push(bytes.slice(at, at + size));
    at += size;
  }
  return pieces;
}

describe('cutting a stream into commands', () => {
  const golden = goldenFrames.filter((_, index) => index % 3 === 0).map(goldenBytes);
  const whole = concatenate(golden);
  const expected = decodeAll([whole]);

  it('finds every frame of a chunk', () => {
    expect(expected).toHaveLength(golden.length);
    expect(expected).toEqual(golden.flatMap((frame) => decodeAll([frame])));
  });

  it.each([1, 2, 3, 4, 5])('finds the same frames however the stream is cut (seed %i)', (seed) => {
    expect(decodeAll(cut(whole, seed))).toEqual(expected);
  });

  it('finds the same frames byte by byte and with empty chunks between', () => {
    const some = concatenate(golden.slice(0, 20));
    const bytes = Array.from(some, (byte) => [Uint8Array.of(byte), new Uint8Array(0)]).flat();
    expect(decodeAll(bytes)).toEqual(expected.slice(0, 20));
  });

  it('hands out views, not copies, of what lies in one chunk', () => {
    const body = new Uint8Array(1000).fill(7);
    const chunk = concatenate([frameOf('{"code":1}', body), frameOf('{"code":2}', body)]);
    for (const command of decodeAll([chunk])) expect(command.body.buffer).toBe(chunk.buffer);
  });

  it('keeps commands that were handed out as they were when more comes', () => {
    const frames = [1, 2, 3].map((code) => frameOf(`{"code":${code}}`, new Uint8Array(50).fill(code)));
    const bytes = concatenate(frames);
    const commands = decodeAll([bytes.slice(0, 30), bytes.slice(30, 100), bytes.slice(100)]);
    expect(commands.map((command) => [command.code, ...new Set(command.body)])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it.each([1, 2, 3])('stops where it is told to, and goes on with what it gave back (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const decoder = new FrameDecoder();
    const commands: RemotingCommand[] = [];
    const waiting = cut(whole, seed);
    for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift()) {
      const before = commands.length;
      const most = Math.floor(random.next() * 4);
      const left = decoder.push(
        chunk,
        (command) => commands.push(plainCommand(command)),
        () => commands.length - before < most,
      );
      expect(commands.length - before).toBeLessThanOrEqual(Math.max(1, most));
      if (left !== undefined) waiting.unshift(left);
    }
    expect(commands).toEqual(expected);
  });

  it('tells how much of an unfinished frame it holds', () => {
    const decoder = new FrameDecoder();
    const frame = frameOf('{"code":1}', new Uint8Array(100));
    push(decoder, [frame.slice(0, 5)]);
    expect(decoder.pendingBytes).toBe(5);
    push(decoder, [frame.slice(5, 60)]);
    expect(decoder.pendingBytes).toBe(60);
    expect(push(decoder, [concatenate([frame.slice(60), frame.slice(0, 3)])])).toHaveLength(1);
    expect(decoder.pendingBytes).toBe(3);
  });
});

describe('memory', () => {
  it('is not taken on the word of a length', () => {
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({ length: 200 }, () => new FrameDecoder());
    for (const decoder of decoders) push(decoder, [prefix(16 * 1024 * 1024 - 4, 100), new Uint8Array(10)]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 16 * 1024);
    expect(decoders).toHaveLength(200);
  });

  it('copies no byte of a large frame more than three times, in however small pieces it comes', () => {
    const frame = frameOf('{"code":1}', new Uint8Array(1_000_000).fill(1));
    const pieces = Array.from({ length: Math.ceil(frame.length / 100) }, (_, index) =>
      frame.slice(index * 100, index * 100 + 100),
    );
    let copied = 0;
    const set = Reflect.get(Uint8Array.prototype, 'set') as (
      this: Uint8Array,
      from: ArrayLike<number>,
      at?: number,
    ) => void;
    const spy = vi.spyOn(Uint8Array.prototype, 'set').mockImplementation(function (this: Uint8Array, from, at) {
      copied += from.length;
      set.call(this, from, at);
    });
    const commands = decodeAll(pieces);
    spy.mockRestore();
    expect(commands[0]?.body).toHaveLength(1_000_000);
    expect(copied).toBeLessThan(3 * frame.length);
  });

  it('of a finished frame holds nothing but the frame', () => {
    const frame = frameOf('{"code":1}', new Uint8Array(100_000));
    const [command] = decodeAll([frame.slice(0, 60_000), frame.slice(60_000)]);
    expect(command?.body.buffer.byteLength).toBe(frame.length);
  });
});

const MAX = 16 * 1024 * 1024;

describe('damage', () => {
  it.each([
    ['a negative length', prefix(-1, 10), 'length'],
    ['the smallest length', prefix(-(2 ** 31), 10), 'length'],
    ['length 0', prefix(0, 0), 'length'],
    ['length 3', prefix(3, 0), 'length'],
    ['no header', prefix(4, 0), 'length'],
    ['no header before a body', prefix(100, 0), 'length'],
    ['a header longer than the frame', prefix(100, 97), 'length'],
    ['the longest header', prefix(100, 0xff_ffff), 'length'],
    ['a frame over the limit', prefix(MAX - 3, 10), 'limit'],
    ['the largest length', prefix(2 ** 31 - 1, 10), 'limit'],
    ['a header over the limit', prefix(MAX - 4, 5 * 1024 * 1024), 'limit'],
    ['serialisation 2', prefix(100, 10 | (2 << 24)), 'serialization'],
    ['serialisation 255', prefix(100, 10 | (0xff << 24)), 'serialization'],
    ['HTTP', new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'), 'limit'],
    ['a TLS hello', Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc), 'limit'],
  ])('%s is refused as soon as the first 8 bytes are there', (_what, bytes, reason) => {
    expect(errorOf(() => decodeAll([bytes]))).toMatchObject({ name: 'ProtocolError', reason });
    expect(errorOf(() => decodeAll(Array.from(bytes, (byte) => Uint8Array.of(byte))))).toMatchObject({ reason });
  });

  it('takes a frame of exactly the limit', () => {
    const frame = frameOf('{"code":1}', new Uint8Array(1000 - 18));
    expect(decodeAll([frame], { maxFrameBytes: 1000 })).toHaveLength(1);
    expect(() => decodeAll([frame], { maxFrameBytes: 999 })).toThrow('frame of 1000 bytes, at most 999 are taken');
    expect(() => decodeAll([frame], { maxHeaderBytes: 9 })).toThrow('header of 10 bytes, at most 9 are taken');
  });

  it('hands out what came before it, then refuses everything with the same error', () => {
    const good = frameOf('{"code":1}');
    const decoder = new FrameDecoder();
    const commands: RemotingCommand[] = [];
    const sink = (command: RemotingCommand) => commands.push(command);
    const error = errorOf(() => decoder.push(concatenate([good, frameOf('no JSON'), good]), sink));
    expect(error).toMatchObject({ reason: 'header' });
    expect(commands).toHaveLength(1);
    expect(errorOf(() => decoder.push(good, sink))).toBe(error);
    expect(commands).toHaveLength(1);
  });

  it('of a header in pieces is found, too', () => {
    const bad = frameOf('{"code":1', new Uint8Array(10));
    expect(() => decodeAll([bad.slice(0, 12), bad.slice(12)])).toThrow(ProtocolError);
    expect(() => decodeAll([frameOf(new Uint8Array(20), undefined, 1)])).toThrow('binary header has 20 bytes');
  });

  it('100 000 fields are refused', () => {
    const extFields = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key${index}`, 'value']));
    expect(() => decodeAll([frameOf(JSON.stringify({ code: 1, extFields }))])).toThrow('more than 4096 extFields');
  });

  it('a receiver that throws is not called again', () => {
    const decoder = new FrameDecoder();
    const two = concatenate([frameOf('{"code":1}'), frameOf('{"code":2}')]);
    const failing = vi.fn<() => void>(() => {
      throw new Error('mine');
    });
    expect(() => decoder.push(two, failing)).toThrow('mine');
    expect(() => decoder.push(two, failing)).toThrow(ProtocolError);
    expect(failing).toHaveBeenCalledTimes(1);
  });

  it('of any kind ends in commands or a ProtocolError, the same however it is cut', () => {
    const writer = new FrameWriter();
    for (const serialization of ['json', 'rocketmq'] as const) {
      const extFields = { topic: 'TopicA', queueId: '3' };
      writer.writeResponse(undefined, { opaque: 1, code: 0, extFields, body: new Uint8Array(30), serialization });
    }
    const bytes = concatenate(writer.take());
    const mutation = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(mutation, fc.nat(1000), (changes, seed) => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at] = value;
        expect(outcome(cut(damaged, seed))).toEqual(outcome([damaged]));
      }),
      { numRuns: 3000 },
    );
  });

  it('as random bytes never does harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(1000), (bytes, seed) => {
        expect(outcome(cut(bytes, seed))).toEqual(outcome([bytes]));
      }),
      { numRuns: 3000 },
    );
  });
});

function errorOf(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}

/** Commands up to the damage and what was said about it; another error than ProtocolError comes through. */
function outcome(chunks: readonly Uint8Array[]): unknown {
  const commands: RemotingCommand[] = [];
  const decoder = new FrameDecoder();
  try {
    for (const chunk of chunks) decoder.push(chunk, (command) => commands.push(command));
    return { commands, pending: decoder.pendingBytes };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { commands, error: error.message };
  }
}
