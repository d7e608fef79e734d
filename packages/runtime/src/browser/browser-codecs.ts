import { Unzlib, zlibSync } from 'fflate';
import { Decompress as ZstdDecoder } from 'fzstd';
import type { Codecs } from '../codecs.js';
import { crc32 } from '../crc32.js';
import { decodeLz4Frame } from '../lz4-frame.js';
import { inspectZstdFrame } from '../zstd-frame.js';
import { hmacSha1, md5 } from './digest.js';

/** As the reference decoder: frames that ask for more history are refused. */
const MAX_ZSTD_WINDOW_BYTES = 128 * 1024 * 1024;
/** Compressed bytes taken at once: 1 KiB of them can grow to about 1 MiB before the bound is looked at. */
const STEP_BYTES = 1024;

type Level = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** Collects what a decoder gives out, up to a bound. */
class BoundedOutput {
  readonly #chunks: Uint8Array[] = [];
  #total = 0;

  constructor(
    private readonly algorithm: string,
    private readonly maxBytes: number,
  ) {}

  add(chunk: Uint8Array): void {
    this.#total += chunk.length;
    if (this.#total > this.maxBytes)
      throw new RangeError(`the ${this.algorithm} data grows over the bound of ${this.maxBytes} bytes`);
    if (chunk.length > 0) this.#chunks.push(chunk);
  }

  join(): Uint8Array {
    if (this.#chunks.length === 1) return this.#chunks[0]!;
    const all = new Uint8Array(this.#total);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }
}

/** The checksum at the end of a zlib stream (RFC 1950), which fflate does not look at. */
function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length;) {
    // So many sums stay within 32 bits.
    for (const end = Math.min(at + 3800, bytes.length); at < end; at++) {
      a += bytes[at]!;
      b += a;
    }
    a %= 65_521;
    b %= 65_521;
  }
  return ((b << 16) | a) >>> 0;
}

function inflate(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const output = new BoundedOutput('zlib', maxBytes);
  let ended = false;
  const decoder = new Unzlib((chunk, final) => {
    output.add(chunk);
    ended ||= final;
  });
  for (let at = 0; at < bytes.length; at += STEP_BYTES)
    decoder.push(bytes.subarray(at, at + STEP_BYTES), at + STEP_BYTES >= bytes.length);
  const content = output.join();
  const sum =
    bytes.length < 6 ? undefined : new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0);
  if (!ended || sum !== adler32(content)) throw new Error('the zlib data is damaged');
  return content;
}

function decodeZstd(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const { contentBytes, windowBytes } = inspectZstdFrame(bytes);
  if (contentBytes !== undefined && contentBytes > maxBytes)
    throw new RangeError(`the zstd data grows over the bound of ${maxBytes} bytes`);
  if (windowBytes > MAX_ZSTD_WINDOW_BYTES)
    throw new RangeError(`the zstd frame asks for a window of ${windowBytes} bytes`);
  const output = new BoundedOutput('zstd', maxBytes);
  const decoder = new ZstdDecoder((chunk) => output.add(chunk));
  decoder.push(bytes, true);
  const content = output.join();
  if (contentBytes !== undefined && contentBytes !== content.length)
    throw new Error('the zstd frame does not have the length it says');
  return content;
}

/** Everything in JavaScript: what a browser brings along is asynchronous. Only zlib can be written. */
export function browserCodecs(): Codecs {
  return {
    crc32,
    md5,
    hmacSha1,
    writable: new Set(['zlib'] as const),
    compress(algorithm, bytes, level) {
      if (algorithm !== 'zlib') throw new Error(`${algorithm} cannot be written in a browser: compress with zlib`);
      return zlibSync(bytes, { level: Math.max(0, Math.min(9, Math.trunc(level))) as Level });
    },
    decompress(algorithm, bytes, maxBytes) {
      if (algorithm === 'zlib') return inflate(bytes, maxBytes);
      return algorithm === 'lz4' ? decodeLz4Frame(bytes, maxBytes) : decodeZstd(bytes, maxBytes);
    },
  };
}
