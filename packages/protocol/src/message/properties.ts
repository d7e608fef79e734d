import { ProtocolError } from '../protocol-error.js';

/** Names of well-known properties (remoting-protocol, section 9); Apache's constants without `PROPERTY_`, where they have one. */
export const MessageProperty = {
  KEYS: 'KEYS',
  TAGS: 'TAGS',
  WAIT_STORE_MSG_OK: 'WAIT',
  DELAY_TIME_LEVEL: 'DELAY',
  RETRY_TOPIC: 'RETRY_TOPIC',
  REAL_TOPIC: 'REAL_TOPIC',
  REAL_QUEUE_ID: 'REAL_QID',
  TRANSACTION_PREPARED: 'TRAN_MSG',
  PRODUCER_GROUP: 'PGROUP',
  MIN_OFFSET: 'MIN_OFFSET',
  MAX_OFFSET: 'MAX_OFFSET',
  BUYER_ID: 'BUYER_ID',
  ORIGIN_MESSAGE_ID: 'ORIGIN_MESSAGE_ID',
  TRANSFER_FLAG: 'TRANSFER_FLAG',
  CORRECTION_FLAG: 'CORRECTION_FLAG',
  MQ2_FLAG: 'MQ2_FLAG',
  RECONSUME_TIME: 'RECONSUME_TIME',
  MAX_RECONSUME_TIMES: 'MAX_RECONSUME_TIMES',
  MSG_REGION: 'MSG_REGION',
  TRACE_SWITCH: 'TRACE_ON',
  CLUSTER: 'CLUSTER',
  /** The client's unique message id. */
  UNIQ_KEY: 'UNIQ_KEY',
  EXTEND_UNIQ_INFO: 'EXTEND_UNIQ_INFO',
  CONSUME_START_TIMESTAMP: 'CONSUME_START_TIME',
  INNER_NUM: 'INNER_NUM',
  INNER_BASE: 'INNER_BASE',
  DUP_INFO: 'DUP_INFO',
  CHECK_IMMUNITY_TIME_IN_SECONDS: 'CHECK_IMMUNITY_TIME_IN_SECONDS',
  TRANSACTION_PREPARED_QUEUE_OFFSET: 'TRAN_PREPARED_QUEUE_OFFSET',
  TRANSACTION_ID: '__transactionId__',
  TRANSACTION_CHECK_TIMES: 'TRANSACTION_CHECK_TIMES',
  INSTANCE_ID: 'INSTANCE_ID',
  CORRELATION_ID: 'CORRELATION_ID',
  MESSAGE_REPLY_TO_CLIENT: 'REPLY_TO_CLIENT',
  MESSAGE_TTL: 'TTL',
  MESSAGE_TYPE: 'MSG_TYPE',
  REPLY_MESSAGE_ARRIVE_TIME: 'ARRIVE_TIME',
  PUSH_REPLY_TIME: 'PUSH_REPLY_TIME',
  POP_CK: 'POP_CK',
  POP_CK_OFFSET: 'POP_CK_OFFSET',
  FIRST_POP_TIME: '1ST_POP_TIME',
  SHARDING_KEY: '__SHARDINGKEY',
  FORWARD_QUEUE_ID: 'PROPERTY_FORWARD_QUEUE_ID',
  REDIRECT: 'REDIRECT',
  INNER_MULTI_DISPATCH: 'INNER_MULTI_DISPATCH',
  INNER_MULTI_QUEUE_OFFSET: 'INNER_MULTI_QUEUE_OFFSET',
  TRACE_CONTEXT: 'TRACE_CONTEXT',
  TIMER_DELAY_SEC: 'TIMER_DELAY_SEC',
  TIMER_DELAY_MS: 'TIMER_DELAY_MS',
  TIMER_DELIVER_MS: 'TIMER_DELIVER_MS',
  TIMER_OUT_MS: 'TIMER_OUT_MS',
  TIMER_ENQUEUE_MS: 'TIMER_ENQUEUE_MS',
  TIMER_DEQUEUE_MS: 'TIMER_DEQUEUE_MS',
  TIMER_ROLL_TIMES: 'TIMER_ROLL_TIMES',
  TIMER_DELAY_LEVEL: 'TIMER_DELAY_LEVEL',
  TIMER_DEL_UNIQKEY: 'TIMER_DEL_UNIQKEY',
  BORN_HOST: '__BORNHOST',
  BORN_TIMESTAMP: 'BORN_TIMESTAMP',
  TRANSIENT_TOPIC_CONFIG: '__RMQ.TRANSIENT.TOPIC_SYS_FLAG',
  TRANSIENT_GROUP_CONFIG: '__RMQ.TRANSIENT.GROUP_SYS_FLAG',
  CRC32: '__CRC32#',
  DLQ_ORIGIN_TOPIC: 'DLQ_ORIGIN_TOPIC',
  DLQ_ORIGIN_MESSAGE_ID: 'DLQ_ORIGIN_MESSAGE_ID',
} as const;

/** Between the keys in KEYS. */
export const KEY_SEPARATOR = ' ';

/** Well-known names that users may set all the same (Apache's STRING_HASH_SET leaves them out). */
const OPEN_NAMES: ReadonlySet<string> = new Set([
  MessageProperty.INNER_NUM,
  MessageProperty.INNER_BASE,
  MessageProperty.CHECK_IMMUNITY_TIME_IN_SECONDS,
  MessageProperty.TRANSACTION_ID,
  MessageProperty.TRANSACTION_CHECK_TIMES,
  MessageProperty.REPLY_MESSAGE_ARRIVE_TIME,
  MessageProperty.PUSH_REPLY_TIME,
  MessageProperty.SHARDING_KEY,
  MessageProperty.FORWARD_QUEUE_ID,
  MessageProperty.REDIRECT,
  MessageProperty.INNER_MULTI_DISPATCH,
  MessageProperty.TRACE_CONTEXT,
  MessageProperty.TRANSIENT_TOPIC_CONFIG,
  MessageProperty.TRANSIENT_GROUP_CONFIG,
]);

const RESERVED_NAMES: ReadonlySet<string> = new Set(
  Object.values(MessageProperty).filter((name) => !OPEN_NAMES.has(name)),
);

/** Names that a Java client does not let users set as their own properties. */
export const isReservedProperty = (name: string): boolean => RESERVED_NAMES.has(name);

const NAME_END = 1;
const VALUE_END = 2;

/** Why a pair cannot be a property, in words; undefined when it can. */
export function propertyProblem(name: string, value: string): string | undefined {
  if (name === '') return 'a property name must not be empty';
  if (hasSeparator(name)) return `property name ${JSON.stringify(name)} holds a separator character (0x01 or 0x02)`;
  if (hasSeparator(value)) return `the value of property ${name} holds a separator character (0x01 or 0x02)`;
  return undefined;
}

function hasSeparator(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === NAME_END || code === VALUE_END) return true;
  }
  return false;
}

/**
 * The property text, in the order given; undefined values are left out.
 * Throws ProtocolError for an empty name and for separators inside: they would tear other properties apart.
 */
export function encodeProperties(
  properties: Readonly<Record<string, string | undefined>> | ReadonlyMap<string, string>,
): string {
  let text = '';
  const pairs = properties instanceof Map ? properties.entries() : Object.entries(properties);
  for (const [name, value] of pairs) {
    if (value === undefined || value === null) continue;
    const problem = propertyProblem(name, value);
    if (problem !== undefined) throw new ProtocolError(problem);
    text += `${name}\u0001${value}\u0002`;
  }
  return text;
}

/**
 * Reads property text as Java does (section 7.3): never fails. A missing last separator is accepted; pieces without a
 * name or a value are dropped, a later duplicate wins, a 0x01 inside a value belongs to it.
 */
export function decodeProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  let from = 0;
  while (from < text.length) {
    let to = text.indexOf('\u0002', from);
    if (to < 0) to = text.length;
    const nameEnd = to - from >= 3 ? text.indexOf('\u0001', from) : -1;
    if (nameEnd > from && nameEnd < to - 1) {
      properties.set(text.slice(from, nameEnd), text.slice(nameEnd + 1, to));
    }
    from = to + 1;
  }
  return properties;
}

/** Where the value of the last valid `name` begins, or -1: later duplicates win. Most names asked for are absent. */
function valueAt(text: string, name: string): number {
  let found = -1;
  let at = name === '' ? -1 : text.indexOf(name);
  while (at >= 0) {
    const end = at + name.length;
    if (
      text.charCodeAt(end) === NAME_END &&
      (at === 0 || text.charCodeAt(at - 1) === VALUE_END) &&
      end + 1 < text.length &&
      text.charCodeAt(end + 1) !== VALUE_END
    ) {
      if (hasSeparator(name)) return -1;
      found = end + 1;
    }
    at = text.indexOf(name, end);
  }
  return found;
}

/** The value that `decodeProperties(text).get(name)` would give, without building the map. */
export function findProperty(text: string, name: string): string | undefined {
  const from = valueAt(text, name);
  if (from < 0) return undefined;
  const to = text.indexOf('\u0002', from);
  return to < 0 ? text.slice(from) : text.slice(from, to);
}

/**
 * The text with `name` set to `value` at the end, earlier ones removed and all else untouched.
 * Throws ProtocolError as `encodeProperties` does.
 */
export function withProperty(text: string, name: string, value: string): string {
  const problem = propertyProblem(name, value);
  if (problem !== undefined) throw new ProtocolError(problem);
  return `${closedProperties(withoutProperty(text, name))}${name}\u0001${value}\u0002`;
}

/** The text without any property of this name. The same string when there is none. */
export function withoutProperty(text: string, name: string): string {
  if (name === '' || hasSeparator(name) || !text.includes(name)) return text;
  let kept = '';
  let removed = false;
  let from = 0;
  while (from < text.length) {
    const to = text.indexOf('\u0002', from);
    const next = to < 0 ? text.length : to + 1;
    if (text.startsWith(name, from) && text.charCodeAt(from + name.length) === NAME_END) removed = true;
    else kept += text.slice(from, next);
    from = next;
  }
  return removed ? kept : text;
}

/** Text that more properties can be put behind: a missing last separator is added. */
export function closedProperties(text: string): string {
  return text === '' || text.charCodeAt(text.length - 1) === VALUE_END ? text : `${text}\u0002`;
}
