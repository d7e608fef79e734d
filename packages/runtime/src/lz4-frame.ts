import { xxhash32 } from './xxhash32.js';

const MAGIC = 0x184d2204;
/** Sixteen magics of frames that carry user data and are skipped. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const STORED = 0x8000_0000;
const MIN_MATCH = 4;
/** Below this a loop over bytes beats a call. */
const SHORT_COPY = 24;

/** Data that is not a whole, undamaged LZ4 frame, or that would grow over the bound. */
export class Lz4Error extends Error {
  override readonly name = 'Lz4Error';
}

interface Block {
  readonly from: number;
  readonly to: number;
  readonly stored: boolean;
  readonly length: number;
}

interface Frame {
  readonly blocks: readonly Block[];
  readonly independent: boolean;
  readonly length: number;
  /** Of the content, when the frame has one. */
  readonly checksum: number | undefined;
  readonly end: number;
}

/**
 * Decodes LZ4 frames (one or several in a row), checking every checksum that is there. The length is counted before
 * anything is allocated, so damaged data costs no memory. Throws Lz4Error when the data is damaged, needs a dictionary
 * or would grow over `maxBytes`.
 *
 *     magic 4 | FLG | BD | [content size 8] | [dictionary id 4] | header checksum
 *     blocks: size 4 (top bit: stored as it is) | data | [checksum 4]     end: 0000 0000 | [content checksum 4]
 */
export function decodeLz4Frame(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const frames: Frame[] = [];
  let total = 0;
  for (let at = 0; at < bytes.length || at === 0;) {
    const magic = word(bytes, at);
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) {
      at = within(bytes, at + 8 + word(bytes, at + 4));
      continue;
    }
    if (magic !== MAGIC) throw new Lz4Error('no LZ4 frame: the magic number is missing');
    const frame = scanFrame(bytes, at, maxBytes - total);
    frames.push(frame);
    total += frame.length;
    at = frame.end;
  }
  const out = new Uint8Array(total);
  let written = 0;
  for (const frame of frames) written = decodeFrame(bytes, frame, out, written);
  return out;
}

function within(bytes: Uint8Array, at: number): number {
  if (at > bytes.length) throw new Lz4Error('the LZ4 frame is cut off');
  return at;
}

function word(bytes: Uint8Array, at: number): number {
  within(bytes, at + 4);
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function scanFrame(bytes: Uint8Array, start: number, maxBytes: number): Frame {
  within(bytes, start + 7);
  const flags = bytes[start + 4]!;
  const descriptor = bytes[start + 5]!;
  if (flags >> 6 !== 1) throw new Lz4Error(`version ${flags >> 6} of the LZ4 frame format is not known`);
  if ((flags & 0x02) !== 0 || (descriptor & 0x8f) !== 0) throw new Lz4Error('reserved bits of the LZ4 frame are set');
  if ((flags & 0x01) !== 0) throw new Lz4Error('the LZ4 frame needs a dictionary');
  const sizeCode = descriptor >> 4;
  if (sizeCode < 4) throw new Lz4Error(`block size ${sizeCode} of the LZ4 frame is not known`);
  const maxBlock = 1 << (8 + 2 * sizeCode);
  const sized = (flags & 0x08) !== 0;
  const headerEnd = start + (sized ? 14 : 6);
  within(bytes, headerEnd + 1);
  if (((xxhash32(bytes, start + 4, headerEnd) >>> 8) & 0xff) !== bytes[headerEnd]) {
    throw new Lz4Error('the header checksum of the LZ4 frame does not match');
  }
  const { blocks, length, end } = scanBlocks(bytes, headerEnd + 1, maxBlock, maxBytes, (flags & 0x10) !== 0);
  if (sized && word(bytes, start + 6) + word(bytes, start + 10) * 0x1_0000_0000 !== length) {
    throw new Lz4Error('the LZ4 frame does not have the length it says');
  }
  const hasChecksum = (flags & 0x04) !== 0;
  const checksum = hasChecksum ? word(bytes, end) : undefined;
  return { blocks, independent: (flags & 0x20) !== 0, length, checksum, end: end + (hasChecksum ? 4 : 0) };
}

function scanBlocks(bytes: Uint8Array, start: number, maxBlock: number, maxBytes: number, checked: boolean) {
  const blocks: Block[] = [];
  let length = 0;
  let at = start;
  for (;;) {
    const header = word(bytes, at);
    if (header === 0) return { blocks, length, end: at + 4 };
    const from = at + 4;
    const stored = header >= STORED;
    const to = within(bytes, from + (stored ? header - STORED : header));
    const blockLength = stored ? to - from : countBlock(bytes, from, to);
    if (blockLength > maxBlock) throw new Lz4Error('a block of the LZ4 frame is longer than the frame allows');
    length += blockLength;
    if (length > maxBytes) throw new Lz4Error(`the LZ4 data grows over the bound of ${maxBytes} bytes`);
    if (checked && word(bytes, to) !== xxhash32(bytes, from, to)) {
      throw new Lz4Error('a block checksum of the LZ4 frame does not match');
    }
    blocks.push({ from, to, stored, length: blockLength });
    at = to + (checked ? 4 : 0);
  }
}

/** Length of a block's content; throws when its sequences do not end exactly with the block. */
function countBlock(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  let length = 0;
  while (at < to) {
    const token = bytes[at++]!;
    let literals = token >> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255 && at < to) literals += more = bytes[at++]!;
    }
    at += literals;
    length += literals;
    if (at === to) return length;
    at += 2;
    let match = token & 15;
    if (match === 15) {
      let more = 255;
      while (more === 255 && at < to) match += more = bytes[at++]!;
    }
    length += match + MIN_MATCH;
  }
  throw new Lz4Error('a block of the LZ4 frame is damaged');
}

function decodeFrame(bytes: Uint8Array, frame: Frame, out: Uint8Array, start: number): number {
  let at = start;
  for (const block of frame.blocks) {
    if (block.stored) out.set(bytes.subarray(block.from, block.to), at);
    else decodeBlock(bytes, block, out, at, frame.independent ? at : start);
    at += block.length;
  }
  if (frame.checksum !== undefined && xxhash32(out, start, at) !== frame.checksum) {
    throw new Lz4Error('the content checksum of the LZ4 frame does not match');
  }
  return at;
}

/** Decodes a block that was counted; matches may reach back to `floor`. */
function decodeBlock(bytes: Uint8Array, block: Block, out: Uint8Array, start: number, floor: number): void {
  const { to } = block;
  let from = block.from;
  let at = start;
  for (;;) {
    const token = bytes[from++]!;
    let literals = token >> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255) literals += more = bytes[from++]!;
    }
    if (literals < SHORT_COPY) for (const end = from + literals; from < end;) out[at++] = bytes[from++]!;
    else {
      out.set(bytes.subarray(from, from + literals), at);
      from += literals;
      at += literals;
    }
    if (from === to) return;
    const distance = bytes[from]! | (bytes[from + 1]! << 8);
    from += 2;
    let match = (token & 15) + MIN_MATCH;
    if ((token & 15) === 15) {
      let more = 255;
      while (more === 255) match += more = bytes[from++]!;
    }
    let source = at - distance;
    if (distance === 0 || source < floor) throw new Lz4Error('a match of the LZ4 frame reaches before its start');
    if (match < SHORT_COPY) for (const end = at + match; at < end;) out[at++] = out[source++]!;
    else at = copyMatch(out, source, at, match);
  }
}

/** A match longer than its distance repeats itself: what stands between `source` and `at` doubles with each copy. */
function copyMatch(out: Uint8Array, source: number, start: number, length: number): number {
  const end = start + length;
  let at = start;
  while (at < end) {
    const count = Math.min(at - source, end - at);
    out.copyWithin(at, source, source + count);
    at += count;
  }
  return at;
}
