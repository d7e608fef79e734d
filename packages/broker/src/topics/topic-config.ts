import { Perm, type TopicConfig } from '@cometmq/protocol';

export const READ_WRITE: number = Perm.READ | Perm.WRITE;

export const isReadable = (perm: number): boolean => (perm & Perm.READ) !== 0;
export const isWriteable = (perm: number): boolean => (perm & Perm.WRITE) !== 0;
export const isInherited = (perm: number): boolean => (perm & Perm.INHERIT) !== 0;

/** Bits of `topicSysFlag`. */
export const TopicSysFlag = { UNIT: 1, UNIT_SUB: 2 } as const;

const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

/** A topic with as many read as write queues and defaults for all else. */
export function plainTopic(
  topicName: string,
  queues: number,
  perm: number = READ_WRITE,
  topicSysFlag = 0,
): TopicConfig {
  return {
    attributes: NO_ATTRIBUTES,
    order: false,
    perm,
    readQueueNums: queues,
    topicFilterType: 'SINGLE_TAG',
    topicName,
    topicSysFlag,
    writeQueueNums: queues,
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

function sameAttributes(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}

/** As Java prints it in remarks: `RW-`, with X for inherited. */
export function permissionText(perm: number): string {
  return (isReadable(perm) ? 'R' : '-') + (isWriteable(perm) ? 'W' : '-') + (isInherited(perm) ? 'X' : '-');
}
