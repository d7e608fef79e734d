import {
  consumeStats,
  type getConsumeStats,
  type MessageQueue,
  type OffsetWrapper,
  ResponseCode,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

type Definition = typeof getConsumeStats;

/** GET_CONSUME_STATS 208: how far a group is behind, per queue (broker-semantics, 4.5). */
export function getConsumeStatsProcessor(
  parts: BrokerParts,
): (request: IncomingRequest<Definition>) => Promise<Reply<Definition>> {
  return async ({ header }) => {
    const group = header.consumerGroup;
    const offsetTable: [MessageQueue, OffsetWrapper][] = [];
    const explicit = (header.topicList ?? '').split(';').filter((topic) => topic !== '');
    for (const topic of explicit.length > 0 ? explicit : topicsOf(parts, group, header.topic)) {
      const config = parts.topics.get(topic);
      if (config === undefined) continue;
      const online = parts.clients.consumerGroup(group);
      if (explicit.length === 0 && online !== undefined && online.subscription(topic) === undefined) continue;
      for (let queueId = 0; queueId < config.readQueueNums; queueId++) {
        const queue = { topic, brokerName: parts.settings.brokerName, queueId };
        offsetTable.push([queue, await offsetsOf(parts, group, topic, queueId)]);
      }
    }
    return { code: ResponseCode.SUCCESS, body: consumeStats.encode({ offsetTable, consumeTps: 0 }) };
  };
}

function topicsOf(parts: BrokerParts, group: string, topic: string | undefined): readonly string[] {
  return topic === undefined || topic === '' ? parts.offsets.topicsOf(group) : [topic];
}

async function offsetsOf(
  { offsets, store }: BrokerParts,
  group: string,
  topic: string,
  queueId: number,
): Promise<OffsetWrapper> {
  const consumerOffset = Math.max(0, offsets.query(group, topic, queueId));
  const consumed = consumerOffset > 0 ? await store.storeTimestampAt(topic, queueId, consumerOffset - 1) : undefined;
  return {
    brokerOffset: Math.max(0, store.maxOffset(topic, queueId)),
    consumerOffset,
    pullOffset: Math.max(consumerOffset, offsets.pulled(group, topic, queueId)),
    lastTimestamp: consumed ?? 0,
  };
}
