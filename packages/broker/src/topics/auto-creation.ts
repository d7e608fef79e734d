import { isRetryTopic, Perm, SystemTopic, type TopicConfig } from '@cometmq/protocol';
import { isInherited, plainTopic, READ_WRITE, TopicSysFlag } from './topic-config.js';
import type { TopicTable } from './topic-table.js';

/** What a send says about a topic that does not exist yet. */
export interface TopicWish {
  readonly topic: string;
  /** The topic whose settings are inherited; clients name TBW102. */
  readonly defaultTopic: string;
  readonly defaultTopicQueueNums: number;
  readonly unitMode: boolean;
}

/**
 * The topic a send asks for, when the rules let it come into being (broker-semantics, 1.2); undefined otherwise.
 * Retry topics are made with one queue whatever the template says.
 */
export function inheritedTopic(
  topics: Pick<TopicTable, 'get'>,
  wish: TopicWish,
  autoCreateTopicEnable: boolean,
): TopicConfig | undefined {
  const template = topics.get(wish.defaultTopic);
  const perm =
    wish.defaultTopic === SystemTopic.AUTO_CREATE && !autoCreateTopicEnable ? READ_WRITE : (template?.perm ?? 0);
  if (template !== undefined && isInherited(perm)) {
    const queues = Math.max(0, Math.min(wish.defaultTopicQueueNums, template.writeQueueNums));
    return {
      ...plainTopic(wish.topic, queues, perm & ~Perm.INHERIT, wish.unitMode ? TopicSysFlag.UNIT : 0),
      topicFilterType: template.topicFilterType,
    };
  }
  if (!isRetryTopic(wish.topic)) return undefined;
  return plainTopic(wish.topic, 1, READ_WRITE, wish.unitMode ? TopicSysFlag.UNIT_SUB : 0);
}
