export type CompressionAlgorithm = 'zlib' | 'lz4' | 'zstd';

/** Algorithms over bytes that a platform does faster than JavaScript can. All are pure: same input, same output. */
export interface Codecs {
  /** CRC-32 (IEEE), unsigned. */
  crc32(bytes: Uint8Array): number;
  md5(bytes: Uint8Array): Uint8Array;
  hmacSha1(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** What `compress` can write here; every algorithm can always be read. */
  readonly writable: ReadonlySet<CompressionAlgorithm>;
  /** zlib: RFC 1950; lz4: the frame format; zstd: a frame. Throws when the algorithm is not in `writable`. */
  compress(algorithm: CompressionAlgorithm, bytes: Uint8Array, level: number): Uint8Array;
  /** Throws when the data is damaged or would grow over `maxBytes`. */
  decompress(algorithm: CompressionAlgorithm, bytes: Uint8Array, maxBytes: number): Uint8Array;
}
