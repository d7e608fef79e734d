import { zstdLibrary } from '#node-libraries';
import type { Codecs, CompressionAlgorithm } from '../codecs.js';
import { decodeLz4Frame } from '../lz4-frame.js';
import { inspectZstdFrame } from '../zstd-frame.js';
import { createRequire, crypto, zlib } from './builtins.js';

/** What newer versions of Node (22.15, 24) have and our lowest one has not. */
interface ZstdOfNode {
  zstdCompressSync(bytes: Uint8Array, options: { params: Record<number, number> }): Uint8Array;
  zstdDecompressSync(bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array;
}

interface Lz4Encoder {
  compressFrameSync(bytes: Buffer): Uint8Array;
}

/** `ZSTD_c_compressionLevel` of zstd's API. */
const ZSTD_LEVEL = 100;
/** As the reference decoder: frames that ask for more history are refused. */
const MAX_ZSTD_WINDOW_BYTES = 128 * 1024 * 1024;

const zstdOfNode = (): ZstdOfNode | undefined =>
  'zstdCompressSync' in zlib() ? (zlib() as unknown as ZstdOfNode) : undefined;

/** The optional native encoder; without it LZ4 can only be read. */
function findLz4Encoder(): Lz4Encoder | undefined {
  try {
    return createRequire(import.meta.url)('lz4-napi') as Lz4Encoder;
  } catch {
    return undefined;
  }
}

/** Algorithms of Node, with the optional `lz4-napi` when it is installed. */
export function nodeCodecs(): Codecs {
  let lz4: Lz4Encoder | undefined;
  let writable: ReadonlySet<CompressionAlgorithm> | undefined;
  // Asked for late: loading a native library takes longer than most programs need for their first message.
  const findWritable = (): ReadonlySet<CompressionAlgorithm> => {
    lz4 = findLz4Encoder();
    return new Set<CompressionAlgorithm>([
      'zlib',
      ...(lz4 ? ['lz4' as const] : []),
      ...(zstdOfNode() ? ['zstd' as const] : []),
    ]);
  };
  return {
    crc32: (bytes) => zlib().crc32(bytes),
    md5: (bytes) => crypto().createHash('md5').update(bytes).digest(),
    hmacSha1: (key, bytes) => crypto().createHmac('sha1', key).update(bytes).digest(),
    get writable() {
      return (writable ??= findWritable());
    },
    compress(algorithm, bytes, level) {
      if (algorithm === 'zlib') return zlib().deflateSync(bytes, { level });
      writable ??= findWritable();
      if (algorithm === 'lz4' && lz4) return lz4.compressFrameSync(asBuffer(bytes));
      const zstd = algorithm === 'zstd' ? zstdOfNode() : undefined;
      if (zstd) return zstd.zstdCompressSync(bytes, { params: { [ZSTD_LEVEL]: level } });
      const remedy = algorithm === 'lz4' ? 'install lz4-napi' : 'use Node 22.15 or newer';
      throw new Error(`${algorithm} cannot be written here: ${remedy}, or compress with zlib`);
    },
    decompress(algorithm, bytes, maxBytes) {
      if (algorithm === 'zlib') return withinBound('zlib', maxBytes, (limits) => zlib().inflateSync(bytes, limits));
      return algorithm === 'lz4' ? decodeLz4Frame(bytes, maxBytes) : decodeZstd(bytes, maxBytes);
    },
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Runs a decoder of Node, which takes no bound of zero, and says the same as the other decoders when it fails. */
function withinBound(algorithm: string, maxBytes: number, decode: (limits: { maxOutputLength: number }) => Uint8Array) {
  let content: Uint8Array;
  try {
    content = decode({ maxOutputLength: Math.max(1, maxBytes) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw overBound(algorithm, maxBytes);
    throw new Error(`the ${algorithm} data is damaged: ${(error as Error).message}`, { cause: error });
  }
  if (content.length > maxBytes) throw overBound(algorithm, maxBytes);
  return content;
}

function overBound(algorithm: string, maxBytes: number): RangeError {
  return new RangeError(`the ${algorithm} data grows over the bound of ${maxBytes} bytes`);
}

function decodeZstd(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const { contentBytes, windowBytes } = inspectZstdFrame(bytes);
  if (contentBytes !== undefined && contentBytes > maxBytes) throw overBound('zstd', maxBytes);
  if (windowBytes > MAX_ZSTD_WINDOW_BYTES)
    throw new RangeError(`the zstd frame asks for a window of ${windowBytes} bytes`);
  const zstd = zstdOfNode();
  if (zstd) return withinBound('zstd', maxBytes, (limits) => zstd.zstdDecompressSync(bytes, limits));
  const chunks: Uint8Array[] = [];
  let total = 0;
  const decoder = new (zstdLibrary().Decompress)((chunk) => {
    total += chunk.length;
    if (total > maxBytes) throw overBound('zstd', maxBytes);
    chunks.push(chunk);
  });
  decoder.push(bytes, true);
  if (contentBytes !== undefined && contentBytes !== total)
    throw new Error('the zstd frame does not have the length it says');
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, total);
}
