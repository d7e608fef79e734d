import type { TopicConfig } from '@cometmq/protocol';

/** Bits of a topic's or broker's `perm` (broker-semantics, 0.4). */
export const Permission = { INHERIT: 1, WRITE: 2, READ: 4, READ_WRITE: 6 } as const;

export const isReadable = (perm: number): boolean => (perm & Permission.READ) !== 0;
export const isWriteable = (perm: number): boolean => (perm & Permission.WRITE) !== 0;
export const isInherited = (perm: number): boolean => (perm & Permission.INHERIT) !== 0;

/** Bits of `topicSysFlag`. */
export const TopicSysFlag = { UNIT: 1, UNIT_SUB: 2 } as const;

/** A topic with as many read as write queues and defaults for all else. */
export function plainTopic(topicName: string, queues: number, perm: number = Permission.READ_WRITE, topicSysFlag = 0): TopicConfig {
  return {
    attributes: {},
    order: false,
    perm,
    readQueueNums: queues,
    topicFilterType: 'SINGLE_TAG',
    topicName,
    topicSysFlag,
    writeQueueNums: queues,
  };
}

/** What the wire or a file says, completed by Apache's defaults, in Apache's order of keys. */
export function completeTopic(from: Partial<TopicConfig> & { readonly topicName: string }): TopicConfig {
  return {
    attributes: from.attributes ?? {},
    order: from.order ?? false,
    perm: from.perm ?? Permission.READ_WRITE,
    readQueueNums: from.readQueueNums ?? 16,
    topicFilterType: from.topicFilterType ?? 'SINGLE_TAG',
    topicName: from.topicName,
    topicSysFlag: from.topicSysFlag ?? 0,
    writeQueueNums: from.writeQueueNums ?? 16,
  };
}

export function sameTopic(a: TopicConfig, b: TopicConfig): boolean {
  return (
    a.order === b.order &&
    a.perm === b.perm &&
    a.readQueueNums === b.readQueueNums &&
    a.writeQueueNums === b.writeQueueNums &&
    a.topicFilterType === b.topicFilterType &&
    a.topicSysFlag === b.topicSysFlag &&
    sameAttributes(a.attributes, b.attributes)
  );
}

function sameAttributes(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** As Java prints it in remarks: `RW-`, with X for inherited. */
export function permissionText(perm: number): string {
  return (isReadable(perm) ? 'R' : '-') + (isWriteable(perm) ? 'W' : '-') + (isInherited(perm) ? 'X' : '-');
}
