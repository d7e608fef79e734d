/**
 * Codes of answers, by Apache's names (RemotingSysResponseCode, ResponseCode of 5.3.3). In 4.9 the numbers 209 to 211
 * meant failures of access control commands.
 */
export const ResponseCode = {
  /** Of calls between brokers; never on the wire. */
  RPC_TIME_OUT: -1006,
  RPC_SEND_TO_CHANNEL_FAILED: -1004,
  RPC_ADDR_IS_NULL: -1002,
  RPC_UNKNOWN: -1000,
  SUCCESS: 0,
  /** Any failure of a processor; also unknown groups and refused registrations. */
  SYSTEM_ERROR: 1,
  /** Flow control. Clients before 5.3.0 do not try another broker on it. */
  SYSTEM_BUSY: 2,
  /** The server does not know the request code. */
  REQUEST_CODE_NOT_SUPPORTED: 3,
  TRANSACTION_FAILED: 4,
  /** Stored, but the sync flush is late: clients count the send as done. */
  FLUSH_DISK_TIMEOUT: 10,
  /** Stored, but there is no replica; also a replica that refuses END_TRANSACTION. */
  SLAVE_NOT_AVAILABLE: 11,
  /** Stored, but the replica is late. */
  FLUSH_SLAVE_TIMEOUT: 12,
  MESSAGE_ILLEGAL: 13,
  SERVICE_NOT_AVAILABLE: 14,
  VERSION_NOT_SUPPORTED: 15,
  NO_PERMISSION: 16,
  /** Makes producers ask for the route of TBW102. */
  TOPIC_NOT_EXIST: 17,
  TOPIC_EXIST_ALREADY: 18,
  /** Nothing new arrived while the pull was parked. */
  PULL_NOT_FOUND: 19,
  /** Nothing matched the filter: pull again from nextBeginOffset. */
  PULL_RETRY_IMMEDIATELY: 20,
  /** The offset is not in the queue: go on at nextBeginOffset. */
  PULL_OFFSET_MOVED: 21,
  /** No offset stored, no such key, no such message. */
  QUERY_NOT_FOUND: 22,
  SUBSCRIPTION_PARSE_FAILED: 23,
  SUBSCRIPTION_NOT_EXIST: 24,
  SUBSCRIPTION_NOT_LATEST: 25,
  SUBSCRIPTION_GROUP_NOT_EXIST: 26,
  FILTER_DATA_NOT_EXIST: 27,
  FILTER_DATA_NOT_LATEST: 28,
  /** 5.x only; 4.9 answers 1 in the same places. */
  INVALID_PARAMETER: 29,
  TRANSACTION_SHOULD_COMMIT: 200,
  TRANSACTION_SHOULD_ROLLBACK: 201,
  TRANSACTION_STATE_UNKNOW: 202,
  TRANSACTION_STATE_GROUP_WRONG: 203,
  NO_BUYER_ID: 204,
  NOT_IN_CURRENT_UNIT: 205,
  CONSUMER_NOT_ONLINE: 206,
  /** The client did not answer the broker within 10 s. */
  CONSUME_MSG_TIMEOUT: 207,
  NO_MESSAGE: 208,
  POLLING_FULL: 209,
  /** A pop found nothing. */
  POLLING_TIMEOUT: 210,
  BROKER_NOT_EXIST: 211,
  BROKER_DISPATCH_NOT_COMPLETE: 212,
  BROADCAST_CONSUMPTION: 213,
  FLOW_CONTROL: 215,
  NOT_LEADER_FOR_QUEUE: 501,
  ILLEGAL_OPERATION: 604,
  /** The server is shutting down; only for clients above 475 (remoting-protocol, 6.6). */
  GO_AWAY: 1500,
  CONTROLLER_FENCED_MASTER_EPOCH: 2000,
  CONTROLLER_FENCED_SYNC_STATE_SET_EPOCH: 2001,
  CONTROLLER_INVALID_MASTER: 2002,
  CONTROLLER_INVALID_REPLICAS: 2003,
  CONTROLLER_MASTER_NOT_AVAILABLE: 2004,
  CONTROLLER_INVALID_REQUEST: 2005,
  CONTROLLER_BROKER_NOT_ALIVE: 2006,
  CONTROLLER_NOT_LEADER: 2007,
  CONTROLLER_BROKER_METADATA_NOT_EXIST: 2008,
  CONTROLLER_INVALID_CLEAN_BROKER_METADATA: 2009,
  CONTROLLER_BROKER_NEED_TO_BE_REGISTERED: 2010,
  CONTROLLER_MASTER_STILL_EXIST: 2011,
  CONTROLLER_ELECT_MASTER_FAILED: 2012,
  CONTROLLER_ALTER_SYNC_STATE_SET_FAILED: 2013,
  CONTROLLER_BROKER_ID_INVALID: 2014,
  CONTROLLER_JRAFT_INTERNAL_ERROR: 2015,
  CONTROLLER_BROKER_LIVE_INFO_NOT_EXISTS: 2016,
  USER_NOT_EXIST: 3001,
  POLICY_NOT_EXIST: 3002,
} as const;

export type ResponseCodeName = keyof typeof ResponseCode;

const NAMES: ReadonlyMap<number, ResponseCodeName> = new Map(
  Object.entries(ResponseCode).map(([name, code]) => [code, name as ResponseCodeName]),
);

/** `TOPIC_NOT_EXIST`, or the number itself for a code outside the table. */
export function responseCodeName(code: number): string {
  return NAMES.get(code) ?? String(code);
}
