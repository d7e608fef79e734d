/** What the first bytes of a connection say it is; `undecided` needs more of them. */
export type FirstBytes = 'tls' | 'http' | 'remoting' | 'unknown' | 'undecided';

const HTTP_STARTS = ['GET ', 'POST', 'PUT ', 'HEAD', 'DELE', 'OPTI', 'PATC'].map((text) => Buffer.from(text, 'latin1'));
const DECIDED_AT = 4;

/**
 * Tells the protocols of the shared port apart.
 *
 *     16 ..            TLS record of type handshake
 *     "GET " "POST" …  HTTP/1.1, also what becomes a WebSocket
 *     00 .. | 01 ..    length of a remoting frame, which is at most 16 MiB
 */
export function classifyFirstBytes(bytes: Uint8Array): FirstBytes {
  const first = bytes[0];
  if (first === undefined) return 'undecided';
  if (first === 0x16) return 'tls';
  if (first === 0x00 || first === 0x01) return 'remoting';
  const length = Math.min(bytes.length, DECIDED_AT);
  for (const start of HTTP_STARTS) {
    let same = 0;
    while (same < length && bytes[same] === start[same]) same++;
    if (same === length) return length === DECIDED_AT ? 'http' : 'undecided';
  }
  return 'unknown';
}
