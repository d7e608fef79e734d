import type { Codecs, CompressionAlgorithm } from '@cometmq/runtime';
import { ProtocolError } from '../protocol-error.js';
import { compressionAlgorithm, isCompressed, withCompression, withoutCompressedBit } from './sys-flag.js';

/** Apache's compressMsgBodyOverHowmuch. */
export const DEFAULT_COMPRESS_THRESHOLD_BYTES = 4096;
export const DEFAULT_COMPRESS_LEVEL = 5;
/** What a body may grow to when it is decompressed, unless the caller knows better. */
export const DEFAULT_MAX_BODY_BYTES = 32 * 1024 * 1024;

export interface BodyWithFlag {
  readonly body: Uint8Array;
  readonly sysFlag: number;
}

export interface CompressOptions {
  /** Default zlib, which every client can read. */
  readonly algorithm?: CompressionAlgorithm;
  readonly level?: number;
  /** Shorter bodies stay as they are. Default 4096. */
  readonly thresholdBytes?: number;
}

/**
 * Compresses a body from the threshold on and marks it in sysFlag; one that is marked already stays. A body that would
 * not shrink stays as it is. Falls back to zlib where the algorithm cannot be written.
 */
export function compressBody(
  body: Uint8Array,
  sysFlag: number,
  codecs: Pick<Codecs, 'compress' | 'writable'>,
  options: CompressOptions = {},
): BodyWithFlag {
  const {
    algorithm = 'zlib',
    level = DEFAULT_COMPRESS_LEVEL,
    thresholdBytes = DEFAULT_COMPRESS_THRESHOLD_BYTES,
  } = options;
  if (isCompressed(sysFlag) || body.length < thresholdBytes) return { body, sysFlag };
  const used = algorithm === 'zlib' || codecs.writable.has(algorithm) ? algorithm : 'zlib';
  const compressed = codecs.compress(used, body, level);
  if (compressed.length >= body.length) return { body, sysFlag };
  return { body: compressed, sysFlag: withCompression(sysFlag, used) };
}

/**
 * The body as the sender meant it, and sysFlag without the compressed bit (the type bits stay, as in 5.x clients).
 * Throws ProtocolError when it is damaged, of an unknown type, or would grow over `maxBytes`.
 */
export function decompressBody(
  body: Uint8Array,
  sysFlag: number,
  codecs: Pick<Codecs, 'decompress'>,
  maxBytes: number = DEFAULT_MAX_BODY_BYTES,
): BodyWithFlag {
  if (!isCompressed(sysFlag)) return { body, sysFlag };
  const algorithm = compressionAlgorithm(sysFlag);
  if (algorithm === undefined) throw new ProtocolError(`unknown compression type in sysFlag 0x${sysFlag.toString(16)}`);
  try {
    return { body: codecs.decompress(algorithm, body, maxBytes), sysFlag: withoutCompressedBit(sysFlag) };
  } catch (cause) {
    const message = `a ${algorithm} body of ${body.length} bytes is damaged or larger than ${maxBytes} bytes`;
    throw new ProtocolError(message, 'malformed', { cause });
  }
}
