import { describe, expect, it } from 'vitest';
import { goldenRecords } from '../golden-records.js';
import type { JsonBody } from '../../src/bodies/body-shape.js';
import { consumerConnection } from '../../src/bodies/client-connections.js';
import {
  consumerOffsetSerializeWrapper,
  getConsumerStatusBody,
  queryCorrectionOffsetBody,
  resetOffsetBody,
} from '../../src/bodies/consumer-offset.js';
import { consumerRunningInfo } from '../../src/bodies/consumer-running-info.js';
import { heartbeatData } from '../../src/bodies/heartbeat.js';
import { kvTable } from '../../src/bodies/kv-table.js';
import { resetOffsetBodyForC } from '../../src/bodies/message-queue.js';
import { ackMsg, batchAck, popCheckPoint } from '../../src/bodies/pop.js';
import { lockBatchRequestBody, lockBatchResponseBody } from '../../src/bodies/queue-lock.js';
import { consumeStats, consumeStatsList, queueTimeSpan, topicStatsTable } from '../../src/bodies/statistics.js';
import { subscriptionGroupConfig, subscriptionGroupWrapper } from '../../src/bodies/subscription-group.js';
import {
  decodeTopicConfigLine,
  encodeTopicConfigLine,
  topicConfig,
  topicConfigAndMappingSerializeWrapper,
  topicConfigSerializeWrapper,
} from '../../src/bodies/topic-config.js';
import { topicQueueMappingDetail } from '../../src/bodies/topic-queue-mapping.js';
import { clusterInfo, topicRouteData } from '../../src/bodies/topic-route.js';
import { ProtocolError } from '../../src/protocol-error.js';

interface Golden {
  readonly made: readonly {
    readonly name: string;
    readonly class: string;
    readonly text: string;
    readonly pretty: string;
  }[];
  readonly read: readonly { readonly class: string; readonly text: string; readonly readAndWrittenAgain: string }[];
  readonly routeInStandardJson: string;
  readonly topicLines: readonly { readonly text: string; readonly readsBack: boolean; readonly again: string }[];
}

const golden = goldenRecords<Golden>('bodies.json');

const BODIES: Readonly<Record<string, JsonBody<unknown>>> = {
  TopicConfig: topicConfig,
  TopicConfigAndMappingSerializeWrapper: topicConfigAndMappingSerializeWrapper,
  TopicConfigSerializeWrapper: topicConfigSerializeWrapper,
  SubscriptionGroupConfig: subscriptionGroupConfig,
  SubscriptionGroupWrapper: subscriptionGroupWrapper,
  ConsumerOffsetSerializeWrapper: consumerOffsetSerializeWrapper,
  HeartbeatData: heartbeatData,
  ConsumeStats: consumeStats,
  ConsumeStatsList: consumeStatsList,
  TopicStatsTable: topicStatsTable,
  TopicRouteData: topicRouteData,
  ClusterInfo: clusterInfo,
  ConsumerConnection: consumerConnection,
  ConsumerRunningInfo: consumerRunningInfo,
  ResetOffsetBody: resetOffsetBody,
  GetConsumerStatusBody: getConsumerStatusBody,
  ResetOffsetBodyForC: resetOffsetBodyForC,
  QueryCorrectionOffsetBody: queryCorrectionOffsetBody,
  KVTable: kvTable,
  LockBatchRequestBody: lockBatchRequestBody,
  LockBatchResponseBody: lockBatchResponseBody,
  BatchAck: batchAck,
  QueueTimeSpan: queueTimeSpan,
  TopicQueueMappingDetail: topicQueueMappingDetail,
  PopCheckPoint: popCheckPoint,
  AckMsg: ackMsg,
};

function bodyOf(name: string): JsonBody<unknown> {
  const body = BODIES[name];
  if (body === undefined) throw new Error(`no body for ${name}`);
  return body;
}

describe('bodies that Apache wrote', () => {
  // Long.MAX_VALUE comes as the nearest safe integer: the one difference that is meant.
  const kept = (text: string) => text.replace('9223372036854775807', '9007199254740991');

  for (const { name, class: className, text, pretty } of golden.made) {
    it(`${className}, ${name}: reads and writes the same text`, () => {
      const body = bodyOf(className);
      const value = body.parse(text);
      // We never write references: the value meant stands in their place.
      const hasReference = text.includes('$ref');
      expect(body.format(value, 'fastjson')).toBe(
        hasReference ? body.format(body.parse(pretty), 'fastjson') : kept(text),
      );
      expect(body.format(value, 'pretty')).toBe(hasReference ? body.format(body.parse(text), 'pretty') : kept(pretty));
      expect(body.format(value, 'fastjson')).not.toContain('$ref');
      expect(body.parse(pretty)).toEqual(value);
      expect(body.decode(body.encode(value))).toEqual(value);
    });
  }

  it('resolves a reference to an entry with an object as key', () => {
    const { text } = golden.made.find(({ class: className }) => className === 'TopicStatsTable')!;
    const { offsetTable } = topicStatsTable.parse(text);
    expect(offsetTable).toHaveLength(2);
    expect(offsetTable[1]![1]).toEqual(offsetTable[0]![1]);
    expect(offsetTable[1]![1].maxOffset).toBe(10);
  });

  it('resolves a reference to a whole map', () => {
    const { text } = golden.made.find(({ class: className }) => className === 'GetConsumerStatusBody')!;
    const { consumerTable, messageQueueTable } = getConsumerStatusBody.parse(text);
    expect(messageQueueTable.map(([queue, offset]) => [queue.queueId, offset])).toEqual([
      [1, 7],
      [0, 5],
    ]);
    expect(messageQueueTable).toEqual(consumerTable.get('c1'));
  });

  it('writes the standard form that newer clients ask for', () => {
    const route = topicRouteData.parse(golden.made.find(({ class: name }) => name === 'TopicRouteData')!.text);
    expect(topicRouteData.format(route, 'standard')).toBe(golden.routeInStandardJson);
  });
});

describe('texts that fastjson reads', () => {
  const hasNull = (text: string) => text.includes('{0:null}');
  const isRead = (again: string) => again.startsWith('{');

  it.each(golden.read.filter(({ readAndWrittenAgain: again }) => isRead(again)))('$class $text', (one) => {
    const body = bodyOf(one.class);
    expect(body.parse(one.text)).toEqual(body.parse(comparable(one.readAndWrittenAgain)));
  });

  it.each(golden.read.filter(({ text, readAndWrittenAgain: again }) => !isRead(again) && !hasNull(text)))(
    'refused, $class $text',
    (one) => {
      expect(() => bodyOf(one.class).parse(one.text)).toThrow(ProtocolError);
    },
  );

  it('leaves out a null in a map, on which Java fails', () => {
    const { text } = golden.read.find((one) => hasNull(one.text))!;
    expect(consumerOffsetSerializeWrapper.parse(text).offsetTable).toEqual(new Map([['TopicA@CG', new Map()]]));
  });

  /** Java's defaults that are a clock reading; null lists and enums, which are empty and the default here. */
  function comparable(text: string): string {
    return text.replace(/"subVersion":1795245046476,/, '');
  }
});

describe('topic lines', () => {
  it.each(golden.topicLines.filter(({ readsBack }) => readsBack))('$text', ({ text, again }) => {
    const config = decodeTopicConfigLine(text)!;
    expect(topicConfig.format(config, 'fastjson')).toBe(again);
    expect(decodeTopicConfigLine(encodeTopicConfigLine(config))).toEqual(config);
  });

  it.each(golden.topicLines.filter(({ readsBack }) => !readsBack))('$text is none', ({ text }) => {
    expect(decodeTopicConfigLine(text)).toBeUndefined();
  });

  it('with something else than numbers is refused', () => {
    expect(() => decodeTopicConfigLine('TopicA x 8 6 SINGLE_TAG')).toThrow('"x" is no number');
  });
});
