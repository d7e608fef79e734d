import type { Infer } from './body-shape.js';
import { dataVersion } from './data-version.js';
import { messageQueue } from './message-queue.js';
import { object } from './object-shape.js';
import { double, entryMap, list, long, map, optional, text } from './shapes.js';

export const offsetWrapper = object('OffsetWrapper', {
  brokerOffset: long(),
  consumerOffset: long(),
  pullOffset: long(),
  lastTimestamp: long(),
});
export interface OffsetWrapper extends Infer<typeof offsetWrapper> {}

/** Pairs of queue and offsets. */
export const consumeStats = object('ConsumeStats', {
  offsetTable: entryMap(messageQueue, offsetWrapper),
  consumeTps: double(),
});
export interface ConsumeStats extends Infer<typeof consumeStats> {}

/** Maps of group to its statistics. */
export const consumeStatsList = object('ConsumeStatsList', {
  consumeStatsList: list(map(list(consumeStats))),
  brokerAddr: text(),
  totalDiff: long(),
  totalInflightDiff: long(),
});
export interface ConsumeStatsList extends Infer<typeof consumeStatsList> {}

export const topicOffset = object('TopicOffset', { minOffset: long(), maxOffset: long(), lastUpdateTimestamp: long() });
export interface TopicOffset extends Infer<typeof topicOffset> {}

export const topicStatsTable = object('TopicStatsTable', {
  offsetTable: entryMap(messageQueue, topicOffset),
  topicPutTps: double(),
});
export interface TopicStatsTable extends Infer<typeof topicStatsTable> {}

export const brokerStatsItem = object('BrokerStatsItem', { sum: long(), tps: double(), avgpt: double() });
export interface BrokerStatsItem extends Infer<typeof brokerStatsItem> {}

export const brokerStatsData = object('BrokerStatsData', {
  statsMinute: brokerStatsItem,
  statsHour: brokerStatsItem,
  statsDay: brokerStatsItem,
});
export interface BrokerStatsData extends Infer<typeof brokerStatsData> {}

export const rollbackStats = object('RollbackStats', {
  brokerName: text(),
  queueId: long(),
  brokerOffset: long(),
  consumerOffset: long(),
  timestampOffset: long(),
  rollbackOffset: long(),
});
export interface RollbackStats extends Infer<typeof rollbackStats> {}

/** Java writes these in its local time zone; ours are UTC, as on servers they are. */
function timeText(timestamp: number): string {
  const [day, time] = new Date(timestamp).toISOString().slice(0, -1).split('T') as [string, string];
  return `${day}#${time.replace('.', ':')}`;
}

const MAX_DATE = 8.64e15;
const shownTime = (timestamp: number): string => timeText(Math.max(-MAX_DATE, Math.min(MAX_DATE, timestamp)));

export const queueTimeSpan = object(
  'QueueTimeSpan',
  {
    messageQueue: optional(messageQueue),
    minTimeStamp: long(),
    maxTimeStamp: long(),
    consumeTimeStamp: long(),
    delayTime: long(),
  },
  {
    minTimeStampStr: (span) => shownTime(span.minTimeStamp),
    maxTimeStampStr: (span) => shownTime(span.maxTimeStamp),
    consumeTimeStampStr: (span) => shownTime(span.consumeTimeStamp),
  },
);
export interface QueueTimeSpan extends Infer<typeof queueTimeSpan> {}

export const queryConsumeTimeSpanBody = object('QueryConsumeTimeSpanBody', { consumeTimeSpanSet: list(queueTimeSpan) });
export interface QueryConsumeTimeSpanBody extends Infer<typeof queryConsumeTimeSpanBody> {}

const metric = object('Metric', { count: long(), timeStamp: long() });

/** By topic; also the file timermetrics (form `standard`). */
export const timerMetrics = object('TimerMetrics', { timingCount: map(metric), dataVersion });
export interface TimerMetrics extends Infer<typeof timerMetrics> {}

/** The file transactionMetrics (form `standard`). */
export const transactionMetrics = object('TransactionMetrics', { transactionCount: map(metric), dataVersion });
export interface TransactionMetrics extends Infer<typeof transactionMetrics> {}
