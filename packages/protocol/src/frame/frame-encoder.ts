import { writeInt32 } from '../message/big-endian.js';
import { ProtocolError } from '../protocol-error.js';
import type { RequestDefinition, RequestHeader, ResponseHeader } from '../schema/define-request.js';
import type { Header, Shape } from '../schema/field.js';
import { type HeaderCodec, NO_ROOM } from '../schema/header-codec.js';
import {
  JSON_START_BYTES,
  jsonEndBound,
  jsonMembersBound,
  writeJsonEnd,
  writeJsonMembers,
  writeJsonStart,
} from '../serialization/json-header.js';
import {
  MAX_BINARY_CODE,
  ROCKETMQ_FIXED_BYTES,
  rocketmqFieldsBound,
  writeRocketmqFields,
  writeRocketmqHead,
} from '../serialization/rocketmq-header.js';
import { CURRENT_LANGUAGE, CURRENT_VERSION } from '../versions.js';
import { type BodyWriter, bodyLength, type FrameBody } from './frame-body.js';
import type { PreparedRequest, VaryingValues } from './prepared-request.js';
import type { JsonHeader } from './prepared-answer.js';
import { ONEWAY_FLAG, RESPONSE_FLAG, type Serialization } from './remoting-command.js';

/** Frames are collected in buffers of this size; a larger frame gets its own. */
const SLAB_BYTES = 64 * 1024;
/** Larger bodies are not copied: they go out as chunks of their own. */
const COPIED_BODY_BYTES = 64 * 1024;
/** Total length, and serialisation with header length. */
const PREFIX_BYTES = 8;
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const MAX_HEADER_BYTES = 0xff_ffff;

/** Of the buffers that nobody uses now so many are kept, by all writers together: 2 MiB. */
const MAX_SPARE_SLABS = 32;
const spareSlabs: Uint8Array[] = [];

interface FrameOptions {
  /** Fields beside those of the header class; they win over the same keys of the header. */
  readonly extFields?: Readonly<Record<string, string>> | undefined;
  /** Large ones are not copied: leave them unchanged. */
  readonly body?: FrameBody | undefined;
  /** Ordinal of MQVersion. Default CURRENT_VERSION. */
  readonly version?: number | undefined;
  /** Name of a LanguageCode. Default CURRENT_LANGUAGE. */
  readonly language?: string | undefined;
  /** Default json. Codes above 32767 do not fit into the binary form and are written as JSON. */
  readonly serialization?: Serialization | undefined;
  readonly remark?: string | undefined;
}

export interface RequestFrame<D> extends FrameOptions {
  readonly opaque: number;
  /** Nobody waits for an answer. Default false. */
  readonly oneway?: boolean | undefined;
  /** Undefined: the frame has no header fields but `extFields`. */
  readonly header?: RequestHeader<D> | undefined;
}

export interface ResponseFrame<D> extends FrameOptions {
  /** That of the request. */
  readonly opaque: number;
  /** A response code. */
  readonly code: number;
  readonly header?: ResponseHeader<D> | undefined;
}

/**
 * Collects the frames of one turn of the event loop into few chunks, so that one write carries them all. A frame that
 * cannot be written (ProtocolError) leaves no trace.
 */
export class FrameWriter {
  #slab: Uint8Array = new Uint8Array(0);
  /** Start of what is not yet in `#chunks`. */
  #from = 0;
  #at = 0;
  #chunks: Uint8Array[] = [];
  #chunkBytes = 0;
  /** Filled before the slab, and lent or still to be taken. */
  #full: Uint8Array[] = [];
  /** A part of the slab belongs to somebody else for good. */
  #given = false;

  /** Bytes written since the last `take`. */
  get pendingBytes(): number {
    return this.#chunkBytes + this.#at - this.#from;
  }

  /** Throws ProtocolError when the header lacks a field or has a value that is not of its kind, or the frame is too large. */
  writeRequest<D extends RequestDefinition>(definition: D, frame: RequestFrame<D>): void {
    const flag = frame.oneway === true ? ONEWAY_FLAG : 0;
    const header = frame.header as Header<Shape> | undefined;
    this.#write(definition.code, flag, frame.opaque, definition.request, header, frame);
  }

  /** Writes a request that expects an answer. Throws ProtocolError when the frame is too large. */
  writePrepared(request: PreparedRequest, opaque: number, values: VaryingValues, body: Uint8Array): void {
    this.#reserve(PREFIX_BYTES + request.bound(values));
    const start = this.#at + PREFIX_BYTES;
    this.#finish(request.write(this.#slab, start, opaque, values) - start, 0, body);
  }

  /** Without a definition (the request's code is unknown) there can be no typed header. Throws as `writeRequest`. */
  writeResponse<D extends RequestDefinition>(definition: D | undefined, frame: ResponseFrame<D>): void {
    const header = frame.header as Header<Shape> | undefined;
    this.#write(frame.code, RESPONSE_FLAG, frame.opaque, definition?.response, header, frame);
  }

  /** Writes an answer without a body whose header writes itself. */
  writeAnswer(header: JsonHeader, opaque: number): void {
    this.#reserve(PREFIX_BYTES + header.jsonBound);
    const start = this.#at + PREFIX_BYTES;
    const headerBytes = header.writeJson(this.#slab, start, opaque) - start;
    writeInt32(this.#slab, this.#at, 4 + headerBytes);
    writeInt32(this.#slab, this.#at + 4, headerBytes);
    this.#at = start + headerBytes;
  }

  /**
   * What was written since the last call, in order; frames may lie across chunks. The caller owns the chunks for good, or,
   * when it says that it will `reuse` their memory, until it calls that.
   */
  take(lent = false): Uint8Array[] {
    this.#seal();
    if (!lent) {
      this.#given = true;
      this.#full = [];
    }
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#chunkBytes = 0;
    return chunks;
  }

  /** All lent chunks have gone out: their memory is written to again. */
  reuse(): void {
    if (this.#given || this.pendingBytes > 0) return;
    this.#from = 0;
    this.#at = 0;
    for (let slab = this.#full.pop(); slab !== undefined; slab = this.#full.pop()) {
      if (spareSlabs.length < MAX_SPARE_SLABS) spareSlabs.push(slab);
    }
  }

  #write(
    code: number,
    flag: number,
    opaque: number,
    codec: HeaderCodec<Shape> | undefined,
    header: Header<Shape> | undefined,
    frame: FrameOptions,
  ): void {
    const binary = frame.serialization === 'rocketmq' && code <= MAX_BINARY_CODE;
    const headerBytes = binary
      ? this.#writeBinaryHeader(code, flag, opaque, codec, header, frame)
      : this.#writeJsonHeader(code, flag, opaque, codec, header, frame);
    this.#finish(headerBytes, binary ? 1 << 24 : 0, frame.body);
  }

  /** Puts prefix and body round a header that has been written. */
  #finish(headerBytes: number, type: number, body: FrameBody | undefined): void {
    const total = 4 + headerBytes + bodyLength(body);
    if (total + 4 > MAX_FRAME_BYTES || headerBytes > MAX_HEADER_BYTES) {
      throw new ProtocolError(`frame of ${total + 4} bytes, at most ${MAX_FRAME_BYTES} can be sent`, 'limit');
    }
    writeInt32(this.#slab, this.#at, total);
    writeInt32(this.#slab, this.#at + 4, headerBytes | type);
    this.#at += PREFIX_BYTES + headerBytes;
    this.#writeBody(body);
  }

  /** Writes behind the place of the prefix without advancing; returns the header's bytes. */
  #writeJsonHeader(
    code: number,
    flag: number,
    opaque: number,
    codec: HeaderCodec<Shape> | undefined,
    header: Header<Shape> | undefined,
    frame: FrameOptions,
  ): number {
    const { extFields, remark } = frame;
    const language = frame.language ?? CURRENT_LANGUAGE;
    const typed = header === undefined ? undefined : codec;
    const hasFields = typed !== undefined || extFields !== undefined;
    const endBound = jsonEndBound(language, remark) + (extFields === undefined ? 0 : jsonMembersBound(extFields));
    this.#reserve(PREFIX_BYTES + JSON_START_BYTES + endBound);
    const start = this.#at + PREFIX_BYTES;
    let end = writeJsonStart(this.#slab, start, code, hasFields);
    if (typed !== undefined) {
      const membersAt = end;
      end = typed.encodeJson(header as Header<Shape>, this.#slab, end, this.#slab.length - endBound);
      if (end === NO_ROOM) {
        this.#reserve(
          this.#slab.length - this.#at + typed.jsonBound(header as Header<Shape>) + JSON_START_BYTES + endBound,
        );
        return this.#writeJsonHeader(code, flag, opaque, codec, header, frame);
      }
      if (extFields !== undefined) end = writeJsonMembers(this.#slab, end, extFields, end === membersAt);
    } else if (extFields !== undefined) {
      end = writeJsonMembers(this.#slab, end, extFields, true);
    }
    const version = frame.version ?? CURRENT_VERSION;
    return writeJsonEnd(this.#slab, end, hasFields, flag, language, opaque, remark, version) - start;
  }

  #writeBinaryHeader(
    code: number,
    flag: number,
    opaque: number,
    codec: HeaderCodec<Shape> | undefined,
    header: Header<Shape> | undefined,
    frame: FrameOptions,
  ): number {
    const { extFields, remark } = frame;
    const typed = header === undefined ? undefined : codec;
    const typedBound = typed === undefined ? 0 : typed.binaryBound(header as Header<Shape>);
    const looseBound = extFields === undefined ? 0 : rocketmqFieldsBound(extFields);
    this.#reserve(PREFIX_BYTES + ROCKETMQ_FIXED_BYTES + 3 * (remark?.length ?? 0) + typedBound + looseBound);
    const start = this.#at + PREFIX_BYTES;
    const language = frame.language ?? CURRENT_LANGUAGE;
    const version = frame.version ?? CURRENT_VERSION;
    const fieldsAt = start + writeRocketmqHead(this.#slab, start, code, language, version, opaque, flag, remark);
    let end = fieldsAt;
    if (typed !== undefined) end += typed.encodeBinary(header as Header<Shape>, this.#slab, end);
    if (extFields !== undefined) end += writeRocketmqFields(this.#slab, end, extFields);
    writeInt32(this.#slab, fieldsAt - 4, end - fieldsAt);
    return end - start;
  }

  #writeBody(body: FrameBody | undefined): void {
    if (body === undefined) return;
    if (body instanceof Uint8Array) this.#writeBytes(body);
    else if ('writeTo' in body) this.#writeFrom(body);
    else for (const slice of body) this.#writeBytes(slice);
  }

  #writeBytes(bytes: Uint8Array): void {
    if (bytes.length > COPIED_BODY_BYTES) {
      this.#seal();
      this.#chunks.push(bytes);
      this.#chunkBytes += bytes.length;
      return;
    }
    this.#reserve(bytes.length);
    this.#slab.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #writeFrom(body: BodyWriter): void {
    this.#reserve(body.length);
    body.writeTo(this.#slab, this.#at);
    this.#at += body.length;
  }

  /** Makes room for so many bytes behind `#at`, if need be in a new buffer. */
  #reserve(bytes: number): void {
    if (bytes <= this.#slab.length - this.#at) return;
    this.#seal();
    if (!this.#given && this.#slab.length === SLAB_BYTES) this.#full.push(this.#slab);
    this.#slab = (bytes > SLAB_BYTES ? undefined : spareSlabs.pop()) ?? new Uint8Array(Math.max(bytes, SLAB_BYTES));
    this.#given = false;
    this.#from = 0;
    this.#at = 0;
  }

  #seal(): void {
    if (this.#at === this.#from) return;
    this.#chunks.push(this.#slab.subarray(this.#from, this.#at));
    this.#chunkBytes += this.#at - this.#from;
    this.#from = this.#at;
  }
}
