/** An address inside a record: 4 or 16 address bytes and a 4-byte port, as they stand in it. */
export type HostBytes = Uint8Array;

/** Everything of one record of the commit log but its CRC and sizes, which the codec computes. */
export interface StoredRecord {
  readonly topic: string;
  readonly queueId: number;
  /** The user's flag; RocketMQ does not interpret it. */
  readonly flag: number;
  /** Logical offset in the queue. */
  readonly queueOffset: number;
  /** Where the record starts in the commit log. */
  readonly physicalOffset: number;
  readonly sysFlag: number;
  readonly bornTimestamp: number;
  readonly bornHost: HostBytes;
  readonly storeTimestamp: number;
  readonly storeHost: HostBytes;
  readonly reconsumeTimes: number;
  readonly preparedTransactionOffset: number;
  readonly body: Uint8Array;
  /** `name 0x01 value 0x02 …`. */
  readonly properties: string;
}

/** A record as it was read. */
export interface DecodedRecord extends StoredRecord {
  readonly size: number;
  readonly bodyCrc: number;
  /** 1 or 2: length field of the topic is one or two bytes. */
  readonly version: 1 | 2;
}
