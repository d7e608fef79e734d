import { SysFlag } from './sys-flag.js';

/**
 * The one layout of a stored record (store-format, section 2): commit log, pull and query bodies, HA stream. All integers
 * big endian. Sizes in bytes; `b` and `s` are 8, or 20 when sysFlag says that the host is IPv6.
 *
 * ```
 *    0  4  TOTALSIZE                  whole record with this field
 *    4  4  MAGICCODE                  V1 DAA320A7, V2 DAA320AB; blank at the end of a file CBD43194
 *    8  4  BODYCRC                    CRC-32 & 7FFFFFFF of the body as stored
 *   12  4  QUEUEID
 *   16  4  FLAG                       the user's
 *   20  8  QUEUEOFFSET
 *   28  8  PHYSICALOFFSET
 *   36  4  SYSFLAG
 *   40  8  BORNTIMESTAMP
 *   48  b  BORNHOST                   4 or 16 address bytes, 4-byte port
 *  +48  8  STORETIMESTAMP
 *  +56  s  STOREHOST
 *  +56  4  RECONSUMETIMES
 *  +60  8  PREPAREDTRANSACTIONOFFSET
 *  +68  4  BODYLENGTH                 then the body
 *       1  TOPICLENGTH                2 bytes in V2; then the topic
 *       2  PROPERTIESLENGTH           then the properties
 * ```
 */
export const RecordAt = {
  TOTAL_SIZE: 0,
  MAGIC: 4,
  BODY_CRC: 8,
  QUEUE_ID: 12,
  FLAG: 16,
  QUEUE_OFFSET: 20,
  PHYSICAL_OFFSET: 28,
  SYS_FLAG: 36,
  BORN_TIMESTAMP: 40,
  BORN_HOST: 48,
} as const;

/** As signed integers, as they are read. */
export const RecordMagic = {
  V1: 0xdaa320a7 | 0,
  V2: 0xdaa320ab | 0,
  BLANK: 0xcbd43194 | 0,
} as const;

/** TOTALSIZE and MAGICCODE: what a blank at the end of a file consists of, and what always stays free behind a record. */
export const BLANK_SIZE = 8;
/** Body, topic and properties empty, V1, both hosts IPv4. */
export const MIN_RECORD_SIZE = 91;
/** Topics longer than this need V2. */
export const MAX_V1_TOPIC_BYTES = 127;
export const MAX_V2_TOPIC_BYTES = 32767;
export const MAX_PROPERTIES_BYTES = 32767;
/** The reserved text of the property CRC: `__CRC32#` 0x01 ten digits 0x02. */
export const PROPERTY_CRC_SIZE = 20;

export const bornHostSize = (sysFlag: number): number => ((sysFlag & SysFlag.BORN_HOST_V6) === 0 ? 8 : 20);
export const storeHostSize = (sysFlag: number): number => ((sysFlag & SysFlag.STORE_HOST_V6) === 0 ? 8 : 20);
export const storeTimestampAt = (sysFlag: number): number => RecordAt.BORN_HOST + bornHostSize(sysFlag);
export const storeHostAt = (sysFlag: number): number => storeTimestampAt(sysFlag) + 8;
export const reconsumeTimesAt = (sysFlag: number): number => storeHostAt(sysFlag) + storeHostSize(sysFlag);
export const preparedTransactionOffsetAt = (sysFlag: number): number => reconsumeTimesAt(sysFlag) + 4;
export const bodyLengthAt = (sysFlag: number): number => reconsumeTimesAt(sysFlag) + 12;
/** Where the body begins. */
export const bodyAt = (sysFlag: number): number => reconsumeTimesAt(sysFlag) + 16;
