import { readInt32 } from '../message/big-endian.js';
import { ProtocolError } from '../protocol-error.js';
import type { CommandHeader } from '../serialization/command-header.js';
import { readJsonHeader } from '../serialization/json-header.js';
import { readRocketmqHeader } from '../serialization/rocketmq-header.js';
import type { RemotingCommand } from './remoting-command.js';
import { ScannedCommand } from './scanned-command.js';

/*
 * A frame (remoting-protocol, section 1), all integers big endian:
 *
 *   i32 total length without these four bytes | u8 serialisation, u24 header length | header | body
 */

const PREFIX_BYTES = 8;
const JSON_TYPE = 0;
const ROCKETMQ_TYPE = 1;
/** First buffer for a frame that came in pieces; it grows with the bytes that come, never with what a length claims. */
const FIRST_BUFFER_BYTES = 4096;
const NO_BODY = new Uint8Array(0);

export interface FrameDecoderOptions {
  /** Largest frame including its length field. Default 16 777 216, as Apache's. */
  readonly maxFrameBytes?: number;
  /**
   * Largest header. Default 4 MiB: the answer to a batch lists one id of up to 57 characters per message, so a 4 MiB batch
   * of 60-byte messages is answered with this much.
   */
  readonly maxHeaderBytes?: number;
  /** Most extFields of a header. Default 4096; Apache's largest header has fewer than 30. */
  readonly maxFields?: number;
}

/**
 * Cuts a stream of bytes into commands. Bodies are views into the bytes that came in. After a ProtocolError nobody can
 * tell where the next frame starts: every further `push` throws it again, the connection has to be closed.
 */
export class FrameDecoder {
  readonly #maxFrameBytes: number;
  readonly #maxHeaderBytes: number;
  readonly #limits: { readonly maxFields: number };
  /** The started frame at the end of the last push; its first `#partBytes` bytes count. */
  #part: Uint8Array = NO_BODY;
  #partBytes = 0;
  #failure: ProtocolError | undefined;

  constructor(options: FrameDecoderOptions = {}) {
    this.#maxFrameBytes = options.maxFrameBytes ?? 16 * 1024 * 1024;
    this.#maxHeaderBytes = options.maxHeaderBytes ?? 4 * 1024 * 1024;
    this.#limits = { maxFields: options.maxFields ?? 4096 };
  }

  /** Bytes of an unfinished frame that are held here. */
  get pendingBytes(): number {
    return this.#partBytes;
  }

  /**
   * Hands every frame that is complete to `sink`, in order. Keeps views into `chunk`: nobody may write to it again.
   * Throws ProtocolError; the commands in front of the damage have reached the sink. The sink must not throw.
   * `goesOn` is asked behind each command: when it says no, what is left of the chunk is given back, to be pushed later.
   */
  push(chunk: Uint8Array, sink: (command: RemotingCommand) => void, goesOn?: () => boolean): Uint8Array | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      const from = this.#partBytes > 0 ? this.#finishPart(chunk, sink) : 0;
      if (from > 0 && this.#partBytes === 0 && goesOn?.() === false) return left(chunk, from);
      return this.#pushWhole(chunk, from, sink, goesOn);
    } catch (error) {
      this.#failure = error instanceof ProtocolError ? error : new ProtocolError('the receiver of a command failed');
      this.#part = NO_BODY;
      this.#partBytes = 0;
      throw error;
    }
  }

  /** Frames that lie in the chunk as a whole; keeps what is left. */
  #pushWhole(
    chunk: Uint8Array,
    from: number,
    sink: (command: RemotingCommand) => void,
    goesOn: (() => boolean) | undefined,
  ): Uint8Array | undefined {
    let at = from;
    while (chunk.length - at >= PREFIX_BYTES) {
      const size = this.#frameSize(chunk, at);
      if (size > chunk.length - at) break;
      const start = at;
      at += size;
      sink(this.#decode(chunk, start, size));
      if (goesOn !== undefined && !goesOn()) return left(chunk, at);
    }
    if (at < chunk.length) this.#keep(chunk, at, chunk.length);
    return undefined;
  }

  /** Completes the started frame; returns how much of the chunk it took. */
  #finishPart(chunk: Uint8Array, sink: (command: RemotingCommand) => void): number {
    let taken = 0;
    if (this.#partBytes < PREFIX_BYTES) {
      taken = Math.min(PREFIX_BYTES - this.#partBytes, chunk.length);
      this.#keep(chunk, 0, taken);
      if (this.#partBytes < PREFIX_BYTES) return taken;
    }
    const size = this.#frameSize(this.#part, 0);
    const end = Math.min(taken + size - this.#partBytes, chunk.length);
    this.#keep(chunk, taken, end);
    if (this.#partBytes < size) return end;
    const frame = this.#part;
    this.#part = NO_BODY;
    this.#partBytes = 0;
    sink(this.#decode(frame, 0, size));
    return end;
  }

  /** Appends to the started frame. The buffer doubles, so no byte is copied more than about twice. */
  #keep(chunk: Uint8Array, from: number, to: number): void {
    const needed = this.#partBytes + to - from;
    if (needed > this.#part.length) {
      const grown = new Uint8Array(this.#capacity(chunk, from, needed));
      grown.set(this.#part.subarray(0, this.#partBytes));
      this.#part = grown;
    }
    this.#part.set(chunk.subarray(from, to), this.#partBytes);
    this.#partBytes = needed;
  }

  #capacity(chunk: Uint8Array, from: number, needed: number): number {
    const roomy = Math.max(needed * 2, FIRST_BUFFER_BYTES);
    if (this.#partBytes >= PREFIX_BYTES) return Math.max(needed, Math.min(roomy, this.#frameSize(this.#part, 0)));
    if (this.#partBytes === 0 && needed >= PREFIX_BYTES) {
      return Math.max(needed, Math.min(roomy, this.#frameSize(chunk, from)));
    }
    return Math.max(needed, 2 * PREFIX_BYTES);
  }

  /** Size of the frame at `at` with its length field, checked against everything its first 8 bytes tell. */
  #frameSize(bytes: Uint8Array, at: number): number {
    const total = readInt32(bytes, at);
    const headerBytes = readInt32(bytes, at + 4) & 0xff_ffff;
    if (total < 4) throw new ProtocolError(`frame length ${total}`, 'length');
    if (total + 4 > this.#maxFrameBytes) {
      throw new ProtocolError(`frame of ${total + 4} bytes, at most ${this.#maxFrameBytes} are taken`, 'limit');
    }
    if (headerBytes === 0 || headerBytes > total - 4) {
      throw new ProtocolError(`header length ${headerBytes} in a frame of length ${total}`, 'length');
    }
    if (headerBytes > this.#maxHeaderBytes) {
      throw new ProtocolError(`header of ${headerBytes} bytes, at most ${this.#maxHeaderBytes} are taken`, 'limit');
    }
    const type = bytes[at + 4]!;
    if (type > ROCKETMQ_TYPE) throw new ProtocolError(`unknown header serialisation ${type}`, 'serialization');
    return total + 4;
  }

  #decode(bytes: Uint8Array, at: number, size: number): RemotingCommand {
    const headerFrom = at + PREFIX_BYTES;
    const headerTo = headerFrom + (readInt32(bytes, at + 4) & 0xff_ffff);
    const end = at + size;
    const body = headerTo === end ? NO_BODY : bytes.subarray(headerTo, end);
    if (bytes[at + 4] === JSON_TYPE) {
      return (
        ScannedCommand.read(bytes, headerFrom, headerTo, body, this.#limits) ??
        command(readJsonHeader(bytes, headerFrom, headerTo, this.#limits), body, 'json')
      );
    }
    return command(readRocketmqHeader(bytes, headerFrom, headerTo, this.#limits), body, 'rocketmq');
  }
}

function left(chunk: Uint8Array, from: number): Uint8Array | undefined {
  return from < chunk.length ? chunk.subarray(from) : undefined;
}

function command(header: CommandHeader, body: Uint8Array, serialization: 'json' | 'rocketmq'): RemotingCommand {
  return {
    code: header.code,
    language: header.language,
    version: header.version,
    opaque: header.opaque,
    flag: header.flag,
    remark: header.remark,
    fields: header.fields,
    body,
    serialization,
  };
}
