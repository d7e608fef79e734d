import { Perm, replyTopic, reviveTopic, syncBrokerMemberTopic, SystemTopic, type TopicConfig } from '@cometmq/protocol';
import { plainTopic, READ_WRITE } from './topic-config.js';

/** What decides which topics a broker makes for itself. */
export interface BuiltInTopicOptions {
  readonly brokerClusterName: string;
  readonly brokerName: string;
  readonly autoCreateTopicEnable: boolean;
  readonly defaultTopicQueueNums: number;
  readonly clusterTopicEnable: boolean;
  readonly brokerTopicEnable: boolean;
  readonly traceTopicEnable: boolean;
  readonly msgTraceTopicName: string;
  readonly reviveQueueNum: number;
}

/** One queue per delay level. */
export const DELAY_LEVEL_QUEUES = 18;

/** Topics that stand on every broker (broker-semantics, 0.5). */
export function builtInTopics(options: BuiltInTopicOptions): TopicConfig[] {
  const { brokerClusterName: cluster, brokerName } = options;
  const open = (enabled: boolean) => (enabled ? Perm.INHERIT | READ_WRITE : Perm.INHERIT);
  const topics = [
    plainTopic(SystemTopic.SELF_TEST, 1),
    plainTopic(SystemTopic.BENCHMARK, 1024),
    plainTopic(cluster, 16, open(options.clusterTopicEnable)),
    plainTopic(brokerName, 1, open(options.brokerTopicEnable)),
    plainTopic(SystemTopic.OFFSET_MOVED_EVENT, 1),
    plainTopic(SystemTopic.SCHEDULE, DELAY_LEVEL_QUEUES),
    plainTopic(replyTopic(cluster), 1),
    plainTopic(reviveTopic(cluster), options.reviveQueueNum),
    plainTopic(syncBrokerMemberTopic(brokerName), 1, Perm.INHERIT),
    plainTopic(SystemTopic.TRANS_HALF, 1),
    plainTopic(SystemTopic.TRANS_OP_HALF, 1),
  ];
  if (options.autoCreateTopicEnable) {
    topics.push(plainTopic(SystemTopic.AUTO_CREATE, options.defaultTopicQueueNums, open(true)));
  }
  if (options.traceTopicEnable) topics.push(plainTopic(options.msgTraceTopicName, 1));
  return topics;
}

/** Names that are system topics on this broker only, beside those that are everywhere. */
export function localSystemTopics(options: BuiltInTopicOptions): ReadonlySet<string> {
  const { brokerClusterName: cluster, brokerName } = options;
  return new Set([cluster, brokerName, replyTopic(cluster), options.msgTraceTopicName]);
}
