/**
 * Where the fields of a record stand (store-format, section 2). Positions up to the born host are fixed; the rest moves
 * by 12 bytes for each IPv6 host.
 */
export const RecordAt = {
  totalSize: 0,
  magic: 4,
  bodyCrc: 8,
  queueId: 12,
  flag: 16,
  queueOffset: 20,
  physicalOffset: 28,
  sysFlag: 36,
  bornTimestamp: 40,
  bornHost: 48,
} as const;

export const MAGIC_V1 = 0xdaa320a7 | 0;
export const MAGIC_V2 = 0xdaa320ab | 0;
/** Ends a file: the rest of it is unused (store-format, 2.1). */
export const MAGIC_BLANK = 0xcbd43194 | 0;
/** TOTALSIZE and MAGICCODE: room for a blank is always kept at the end of a file. */
export const BLANK_BYTES = 8;

export const BORN_HOST_V6 = 0x10;
export const STORE_HOST_V6 = 0x20;
/** Every byte of a V1 record between two IPv4 hosts that is not body, topic or properties. */
export const FIXED_BYTES = 91;
export const MAX_PROPERTIES_BYTES = 32_767;

/** A 64-bit integer at `at`; exact within the safe integers. */
export function readInt64(view: DataView, at: number): number {
  return view.getInt32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
}

export function writeInt64(view: DataView, at: number, value: number): void {
  view.setInt32(at, Math.floor(value / 0x1_0000_0000));
  view.setInt32(at + 4, value | 0);
}
