import { recordParts } from '@cometmq/protocol';

/** What a disk writes as a whole; pages of an operating system are multiples of it. */
const SECTOR_BYTES = 512;

/**
 * Whether a part of a record never reached the disk. The checksum is that of the body alone (store-format, section 2); of
 * the topic and the properties, a sector that was not written shows as zeros up to its edges, which no text has.
 * `position` is the record's place in its file.
 */
export function isTorn(bytes: Uint8Array, at: number, position: number): boolean {
  const parts = recordParts(bytes, at);
  if (typeof parts === 'string') return true;
  const { propertiesEnd, propertiesStart, topicEnd, topicStart } = parts;
  const shift = position - at;
  return (
    hasLostSector(bytes, topicStart, topicEnd, shift) || hasLostSector(bytes, propertiesStart, propertiesEnd, shift)
  );
}

function hasLostSector(bytes: Uint8Array, start: number, end: number, shift: number): boolean {
  for (let from = start; from < end;) {
    const to = Math.min(end, from + SECTOR_BYTES - ((from + shift) % SECTOR_BYTES));
    let zero = from;
    while (zero < to && bytes[zero] === 0) zero++;
    if (zero === to) return true;
    from = to;
  }
  return false;
}
