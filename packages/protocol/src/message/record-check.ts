import { bodyChecksum } from './record-codec.js';
import { type Crc32, checkPropertyCrc } from './property-crc.js';
import { type RecordFault, recordBodyCrc, recordParts } from './record-fields.js';

/**
 * What stands at a place of the log: a record; the blank that ends a file; the beginning of something cut off; or one of
 * the reasons why it is no record.
 */
export type RecordVerdict = 'ok' | RecordFault | 'bad crc' | 'no property crc' | 'bad property crc';

export interface RecordCheckOptions {
  readonly crc32: Crc32;
  /** Compare BODYCRC too. */
  readonly checkCrc: boolean;
  /** Apache's forceVerifyPropCRC: the property CRC takes the place of BODYCRC, and must be there. */
  readonly propertyCrc?: boolean;
}

/**
 * For recovery and replication: never throws, never reads beyond `bytes`. `incomplete` means that more bytes could make
 * it a record; the caller knows whether there can be more.
 */
export function checkRecord(bytes: Uint8Array, at: number, options: RecordCheckOptions): RecordVerdict {
  const parts = recordParts(bytes, at);
  if (typeof parts === 'string') return parts;
  if (!options.checkCrc) return 'ok';
  if (options.propertyCrc === true) {
    const verdict = checkPropertyCrc(bytes, at, parts.size, options.crc32);
    if (verdict === 'absent') return 'no property crc';
    return verdict === 'ok' ? 'ok' : 'bad property crc';
  }
  const body = bytes.subarray(parts.bodyStart, parts.bodyEnd);
  return bodyChecksum(options.crc32, body) === recordBodyCrc(bytes, at) ? 'ok' : 'bad crc';
}
