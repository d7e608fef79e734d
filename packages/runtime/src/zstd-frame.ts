/** What a zstd frame says of itself. */
interface ZstdFrame {
  /** Bytes of history its decoder must keep. */
  readonly windowBytes: number;
  /** Undefined when the frame does not tell. */
  readonly contentBytes: number | undefined;
}

const MAGIC = 0xfd2fb528;

/**
 * Reads the header (RFC 8878, 3.1.1.1) and walks the block headers without decoding, so that a decoder without bounds can
 * be trusted with it. Throws unless `bytes` is exactly one frame without a dictionary.
 */
export function inspectZstdFrame(bytes: Uint8Array): ZstdFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 6 || view.getUint32(0, true) !== MAGIC)
    throw new Error('no zstd frame: the magic number is missing');
  const descriptor = bytes[4]!;
  const singleSegment = (descriptor & 0x20) !== 0;
  if ((descriptor & 0x08) !== 0) throw new Error('reserved bits of the zstd frame are set');
  if ((descriptor & 0x03) !== 0) throw new Error('the zstd frame needs a dictionary');
  let at = 5;
  let windowBytes = 0;
  if (!singleSegment) {
    const code = bytes[at++]!;
    const base = 2 ** (10 + (code >> 3));
    windowBytes = base + (base / 8) * (code & 7);
  }
  const sizeCode = descriptor >> 6;
  const sizeBytes = sizeCode === 0 ? Number(singleSegment) : 1 << sizeCode;
  if (at + sizeBytes > bytes.length) throw new Error('the zstd frame is cut off');
  const contentBytes = sizeBytes === 0 ? undefined : readContentSize(view, at, sizeBytes);
  at += sizeBytes;
  const end = walkBlocks(bytes, at) + ((descriptor & 0x04) !== 0 ? 4 : 0);
  if (end !== bytes.length) throw new Error('the zstd frame is cut off or has something behind it');
  return { windowBytes: singleSegment ? (contentBytes ?? 0) : windowBytes, contentBytes };
}

function readContentSize(view: DataView, at: number, sizeBytes: number): number {
  if (sizeBytes === 1) return view.getUint8(at);
  if (sizeBytes === 2) return view.getUint16(at, true) + 256;
  const low = view.getUint32(at, true);
  return sizeBytes === 4 ? low : low + view.getUint32(at + 4, true) * 0x1_0000_0000;
}

/** Each block: 3 bytes (last 1 bit, type 2 bits, size 21 bits), then its data; a run (type 1) has one byte of it. */
function walkBlocks(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    if (at + 3 > bytes.length) throw new Error('the zstd frame is cut off');
    const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    const type = (header >> 1) & 3;
    if (type === 3) throw new Error('a block of the zstd frame has an unknown type');
    at += 3 + (type === 1 ? 1 : header >> 3);
    if ((header & 1) !== 0) return at;
  }
}
