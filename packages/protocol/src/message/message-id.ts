import type { Clock, Random } from '@cometmq/runtime';
import { ProtocolError } from '../protocol-error.js';
import { readInt16, readInt32, readInt64, writeInt16, writeInt32, writeInt64 } from './big-endian.js';
import type { HostBytes } from './stored-record.js';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0').toUpperCase());

function toHex(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index++) text += HEX[bytes[index]!]!;
  return text;
}

/** Undefined unless it is an even number of hex digits (either case). */
function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(index * 2, index * 2 + 2), 16),
  );
}

/** offsetMsgId (remoting-protocol, section 8.1): store host and commit log offset, 32 or 56 hex digits. */
export function encodeOffsetMessageId(storeHost: HostBytes, physicalOffset: number): string {
  const offset = new Uint8Array(8);
  writeInt64(offset, 0, physicalOffset);
  return toHex(storeHost) + toHex(offset);
}

/** Throws ProtocolError when the id has another length, other characters or an offset beyond the safe integers. */
export function decodeOffsetMessageId(id: string): { readonly storeHost: HostBytes; readonly physicalOffset: number } {
  const bytes = id.length === 32 || id.length === 56 ? fromHex(id) : undefined;
  if (bytes === undefined) {
    throw new ProtocolError(`message id ${JSON.stringify(id.slice(0, 64))}: expected 32 or 56 hex digits`);
  }
  const hostSize = bytes.length - 8;
  return { storeHost: bytes.slice(0, hostSize), physicalOffset: readInt64(bytes, hostSize) };
}

/** Makes ids like Java's MessageClientIDSetter: unique as long as host, process and moment are. */
export type UniqueIdGenerator = () => string;

const MAX_CLOCK_STEP_BACK_MS = 1_000_000;

export interface UniqueIdOptions {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly processId: number;
  /** Default 0: UTC. */
  readonly zoneOffsetMs?: number;
}

/**
 * Unique client ids (UNIQ_KEY, section 8.2): address, process id, 4 bytes that tell generators of one process apart,
 * milliseconds since the first of the month, counter. 32 hex digits for IPv4, 56 for IPv6.
 *
 * Java counts from midnight in its local time zone; readers take the time from the id with their own zone, so it is exact
 * only between machines of one zone. `zoneOffsetMs` is added to UTC to get local time.
 */
export class UniqueIds {
  /** What all ids of this maker begin with. */
  readonly prefix: string;
  readonly #zoneOffsetMs: number;
  #month = { start: 0, end: 0 };
  #counter = 0;
  #timedAt = Number.NaN;
  /** The eight digits of the moment `#timedAt`. */
  #time = '';

  constructor(random: Pick<Random, 'bytes'>, options: UniqueIdOptions) {
    const { address, processId, zoneOffsetMs = 0 } = options;
    if (address.length !== 4 && address.length !== 16) {
      throw new ProtocolError(`an address has 4 or 16 bytes, not ${address.length}`);
    }
    const bytes = new Uint8Array(address.length + 6);
    bytes.set(address);
    writeInt16(bytes, address.length, processId);
    bytes.set(random.bytes(4), address.length + 2);
    this.prefix = toHex(bytes);
    this.#zoneOffsetMs = zoneOffsetMs;
  }

  /** The last 12 digits of the next id; `now` is the wall clock. */
  nextTail(now: number): string {
    if (now !== this.#timedAt) this.#setTime(now);
    const counter = this.#counter;
    this.#counter = (counter + 1) & 0xffff;
    return this.#time + HEX[counter >> 8]! + HEX[counter & 0xff]!;
  }

  next(now: number): string {
    return this.prefix + this.nextTail(now);
  }

  #setTime(now: number): void {
    if (now >= this.#month.end) this.#month = monthOf(now, this.#zoneOffsetMs);
    let sinceStart = now - this.#month.start;
    // A clock that was set back a little over the turn of a month must not give a negative time.
    if (sinceStart < 0 && sinceStart > -MAX_CLOCK_STEP_BACK_MS) sinceStart = 0;
    const bytes = new Uint8Array(4);
    writeInt32(bytes, 0, sinceStart);
    this.#time = toHex(bytes);
    this.#timedAt = now;
  }
}

/** `UniqueIds` with the time of a clock. */
export function uniqueIdGenerator(
  ports: { readonly clock: Pick<Clock, 'now'>; readonly random: Pick<Random, 'bytes'> },
  options: UniqueIdOptions,
): UniqueIdGenerator {
  const ids = new UniqueIds(ports.random, options);
  return () => ids.next(ports.clock.now());
}

function monthOf(now: number, zoneOffsetMs: number): { readonly start: number; readonly end: number } {
  const local = new Date(now + zoneOffsetMs);
  const year = local.getUTCFullYear();
  const month = local.getUTCMonth();
  return { start: Date.UTC(year, month, 1) - zoneOffsetMs, end: Date.UTC(year, month + 1, 1) - zoneOffsetMs };
}

export interface UniqueIdParts {
  readonly address: Uint8Array;
  readonly processId: number;
  /** The newest moment not after `now` (by up to a month) that the id can mean. */
  readonly createdAt: number;
  readonly counter: number;
}

/** Takes a unique id apart; undefined when it has another length or other characters. */
export function decodeUniqueId(id: string, now: number, zoneOffsetMs = 0): UniqueIdParts | undefined {
  const bytes = id.length === 32 || id.length === 56 ? fromHex(id) : undefined;
  if (bytes === undefined) return undefined;
  const rest = bytes.length - 12;
  const sinceStart = readInt32(bytes, rest + 6) >>> 0;
  const { start } = monthOf(now, zoneOffsetMs);
  const createdAt = start + sinceStart < now ? start + sinceStart : monthOf(start - 1, zoneOffsetMs).start + sinceStart;
  return {
    address: bytes.slice(0, rest),
    processId: readInt16(bytes, rest) & 0xffff,
    createdAt,
    counter: readInt16(bytes, rest + 10) & 0xffff,
  };
}
