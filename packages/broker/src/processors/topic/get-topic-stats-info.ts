import {
  type getTopicStatsInfo,
  type MessageQueue,
  ResponseCode,
  type TopicOffset,
  topicStatsTable,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

type Definition = typeof getTopicStatsInfo;

/** GET_TOPIC_STATS_INFO 202: first and last offset of each queue, and when it was written to. */
export function getTopicStatsInfoProcessor(
  parts: BrokerParts,
): (request: IncomingRequest<Definition>) => Promise<Reply<Definition>> {
  const { store, topics, settings } = parts;
  return async ({ header: { topic } }) => {
    const config = topics.get(topic);
    if (config === undefined) return { code: ResponseCode.TOPIC_NOT_EXIST, remark: `topic[${topic}] not exist` };
    const offsetTable: [MessageQueue, TopicOffset][] = [];
    for (let queueId = 0; queueId < Math.max(config.readQueueNums, config.writeQueueNums); queueId++) {
      const minOffset = Math.max(0, store.minOffset(topic, queueId));
      const maxOffset = store.maxOffset(topic, queueId);
      const written = maxOffset > 0 ? await store.storeTimestampAt(topic, queueId, maxOffset - 1) : undefined;
      offsetTable.push([
        { topic, brokerName: settings.brokerName, queueId },
        { minOffset, maxOffset, lastUpdateTimestamp: written ?? 0 },
      ]);
    }
    return { code: ResponseCode.SUCCESS, body: topicStatsTable.encode({ offsetTable, topicPutTps: 0 }) };
  };
}
