/*
 * Names with a meaning, and what a name may look like (remoting-protocol, section 10). Apache's TopicValidator, MixAll,
 * NamespaceUtil.
 */

export const RETRY_TOPIC_PREFIX = '%RETRY%';
export const DLQ_TOPIC_PREFIX = '%DLQ%';
/** Light queues: a topic of that name is one queue of its own. */
export const LMQ_PREFIX = '%LMQ%';
/** Every topic that starts so is a system topic. */
export const SYSTEM_TOPIC_PREFIX = 'rmq_sys_';
/** Every group that starts so is a system group. */
export const SYSTEM_GROUP_PREFIX = 'CID_RMQ_SYS_';

/** Topics with a fixed name that servers use for themselves. */
export const SystemTopic = {
  /** Template for topics that are created by a first send. */
  AUTO_CREATE: 'TBW102',
  SCHEDULE: 'SCHEDULE_TOPIC_XXXX',
  BENCHMARK: 'BenchmarkTest',
  TRANS_HALF: 'RMQ_SYS_TRANS_HALF_TOPIC',
  TRANS_OP_HALF: 'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  TRANS_CHECK_MAX_TIME: 'TRANS_CHECK_MAX_TIME_TOPIC',
  TRACE: 'RMQ_SYS_TRACE_TOPIC',
  SELF_TEST: 'SELF_TEST_TOPIC',
  OFFSET_MOVED_EVENT: 'OFFSET_MOVED_EVENT',
  CHECKPOINT: 'CHECKPOINT_TOPIC',
  /** Messages with a delay of any length. */
  TIMER: 'rmq_sys_wheel_timer',
} as const;

/** Groups with a fixed name. */
export const SystemGroup = {
  DEFAULT_PRODUCER: 'DEFAULT_PRODUCER',
  DEFAULT_CONSUMER: 'DEFAULT_CONSUMER',
  TOOLS_CONSUMER: 'TOOLS_CONSUMER',
  SCHEDULE_CONSUMER: 'SCHEDULE_CONSUMER',
  FILTERSRV_CONSUMER: 'FILTERSRV_CONSUMER',
  MONITOR_CONSUMER: '__MONITOR_CONSUMER',
  CLIENT_INNER_PRODUCER: 'CLIENT_INNER_PRODUCER',
  SELF_TEST_PRODUCER: 'SELF_TEST_P_GROUP',
  SELF_TEST_CONSUMER: 'SELF_TEST_C_GROUP',
  ONS_HTTP_PROXY: 'CID_ONS-HTTP-PROXY',
  ONSAPI_PERMISSION: 'CID_ONSAPI_PERMISSION',
  ONSAPI_OWNER: 'CID_ONSAPI_OWNER',
  ONSAPI_PULL: 'CID_ONSAPI_PULL',
  TRANS: 'CID_RMQ_SYS_TRANS',
  REVIVE: 'CID_RMQ_SYS_REVIVE_GROUP',
} as const;

/** Namespaces of the name server's key-value store. */
export const ORDER_TOPIC_CONFIG = 'ORDER_TOPIC_CONFIG';

const SYSTEM_TOPICS: ReadonlySet<string> = new Set(Object.values(SystemTopic));
const SYSTEM_GROUPS: ReadonlySet<string> = new Set(Object.values(SystemGroup));
const CLOSED_TO_CLIENTS: ReadonlySet<string> = new Set([
  SystemTopic.SCHEDULE,
  SystemTopic.TRANS_HALF,
  SystemTopic.TRANS_OP_HALF,
  SystemTopic.TRANS_CHECK_MAX_TIME,
  SystemTopic.SELF_TEST,
  SystemTopic.OFFSET_MOVED_EVENT,
]);

/** The cluster's own topics: whatever else it may be, a name with the prefix `rmq_sys_` or from the table. */
export function isSystemTopic(topic: string): boolean {
  return SYSTEM_TOPICS.has(topic) || topic.startsWith(SYSTEM_TOPIC_PREFIX);
}

/** Clients that send to these are answered NO_PERMISSION. */
export function isClosedToClients(topic: string): boolean {
  return CLOSED_TO_CLIENTS.has(topic);
}

export function isSystemGroup(group: string): boolean {
  return SYSTEM_GROUPS.has(group) || group.startsWith(SYSTEM_GROUP_PREFIX);
}

export function isRetryTopic(topic: string): boolean {
  return topic.startsWith(RETRY_TOPIC_PREFIX);
}

export function isDlqTopic(topic: string): boolean {
  return topic.startsWith(DLQ_TOPIC_PREFIX);
}

export function isLmqTopic(topic: string): boolean {
  return topic.startsWith(LMQ_PREFIX);
}

/** Where messages of a group wait that a consumer gave back. */
export function retryTopic(group: string): string {
  return RETRY_TOPIC_PREFIX + group;
}

/** Where messages of a group end that were given back too often. */
export function dlqTopic(group: string): string {
  return DLQ_TOPIC_PREFIX + group;
}

/** Where messages of one topic wait that a group popped and did not acknowledge. */
export function popRetryTopic(topic: string, group: string): string {
  return `${RETRY_TOPIC_PREFIX}${group}_${topic}`;
}

/** The same with enableRetryTopicV2. */
export function popRetryTopicV2(topic: string, group: string): string {
  return `${RETRY_TOPIC_PREFIX}${group}+${topic}`;
}

/** The group of a `%RETRY%` or `%DLQ%` topic; other names as they are. */
export function withoutPrefix(topic: string): string {
  if (isRetryTopic(topic)) return topic.slice(RETRY_TOPIC_PREFIX.length);
  return isDlqTopic(topic) ? topic.slice(DLQ_TOPIC_PREFIX.length) : topic;
}

/** Checkpoints and acknowledgements of popped messages. */
export function reviveTopic(cluster: string): string {
  return `rmq_sys_REVIVE_LOG_${cluster}`;
}

/** Replies of request-reply, when they are stored. */
export function replyTopic(cluster: string): string {
  return `${cluster}_REPLY_TOPIC`;
}

export function syncBrokerMemberTopic(brokerName: string): string {
  return `rmq_sys_SYNC_BROKER_MEMBER_${brokerName}`;
}

/** What may be done with a topic; bits of TopicConfig.perm, QueueData.perm and brokerPermission. */
export const Perm = {
  INHERIT: 1,
  WRITE: 2,
  READ: 4,
  PRIORITY: 8,
} as const;

/** Longest name of a topic, `%RETRY%` and `%DLQ%` topics too (5.3.3). */
export const MAX_TOPIC_LENGTH = 127;
/** Longest name of a group on a 5.x broker. Clients of 4.9 let 255 pass. */
export const MAX_GROUP_LENGTH = 120;

const ALLOWED = /^[%|a-zA-Z0-9_-]+$/;

/** What is wrong with a topic's name, or undefined. */
export function validateTopic(topic: string): string | undefined {
  return validate('topic', topic, MAX_TOPIC_LENGTH);
}

/** What is wrong with a group's name, or undefined. */
export function validateGroup(group: string): string | undefined {
  return validate('group', group, MAX_GROUP_LENGTH);
}

function validate(what: string, name: string, maxLength: number): string | undefined {
  if (name.trim() === '') return `the ${what} has no name`;
  if (name.length > maxLength)
    return `the name of the ${what} has ${name.length} characters, at most ${maxLength} are allowed`;
  if (!ALLOWED.test(name))
    return `the name of the ${what} "${name}" holds characters other than letters, digits, % | _ -`;
  return undefined;
}
