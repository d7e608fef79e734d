import {
  CURRENT_VERSION,
  type getBrokerRuntimeInfo,
  kvTable,
  ResponseCode,
  SystemTopic,
  versionName,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

type Definition = typeof getBrokerRuntimeInfo;

/** GET_BROKER_RUNTIME_INFO 28: numbers for people, all of them texts (broker-semantics, 11.2). */
export function getBrokerRuntimeInfoProcessor(
  parts: BrokerParts,
): (request: IncomingRequest<Definition>) => Reply<Definition> {
  const bootedAt = parts.clock.now();
  return () => {
    const table = new Map([...brokerTable(parts), ...storeTable(parts, bootedAt), ...rateTable(parts)]);
    for (const [level] of parts.delayLevels.entries()) {
      const delivered = parts.delayOffsets.get(level + 1);
      if (delivered === undefined) continue;
      table.set(
        `scheduleMessageOffset_${level + 1}`,
        `${delivered},${parts.store.maxOffset(SystemTopic.SCHEDULE, level)}`,
      );
    }
    return { code: ResponseCode.SUCCESS, body: kvTable.encode({ table }) };
  };
}

type Entries = [string, string][];

function brokerTable({ counters, settings, heldPulls }: BrokerParts): Entries {
  // Apache's thread pools have no counterpart here; tools want the keys all the same.
  const pools = ['send', 'pull', 'litePull', 'query', 'ack'].flatMap((pool): Entries => [
    [`${pool}ThreadPoolQueueSize`, '0'],
    [`${pool}ThreadPoolQueueCapacity`, pool === 'pull' ? String(settings.maxHeldPulls) : '10000'],
    [`${pool}ThreadPoolQueueHeadWaitTimeMills`, '0'],
  ]);
  return [
    ['brokerActive', 'true'],
    ['brokerVersion', String(CURRENT_VERSION)],
    ['brokerVersionDesc', versionName(CURRENT_VERSION)],
    ['msgPutTotalYesterdayMorning', '0'],
    ['msgPutTotalTodayMorning', '0'],
    ['msgPutTotalTodayNow', String(counters.messagesIn)],
    ['msgGetTotalYesterdayMorning', '0'],
    ['msgGetTotalTodayMorning', '0'],
    ['msgGetTotalTodayNow', String(counters.messagesOut)],
    ['startAcceptSendRequestTimeStamp', String(settings.startAcceptSendRequestTimeStamp)],
    ['timerReadBehind', '0'],
    ['timerOffsetBehind', '0'],
    ['timerCongestNum', '0'],
    ['timerEnqueueTps', '0.0'],
    ['timerDequeueTps', '0.0'],
    ['EndTransactionQueueSize', '0'],
    ['EndTransactionThreadPoolQueueCapacity', '100000'],
    ['heldPulls', String(heldPulls.count)],
    ...pools,
  ];
}

function storeTable({ clock, counters, store }: BrokerParts, bootedAt: number): Entries {
  const status = store.status();
  const { messagesIn, bytesIn, putsRefused, putLatency } = counters;
  return [
    ['bootTimestamp', String(bootedAt)],
    ['runtime', duration(clock.now() - bootedAt)],
    ['putMessageEntireTimeMax', String(Math.floor(putLatency.maxMs))],
    ['putMessageTimesTotal', String(Math.max(1, messagesIn))],
    ['putMessageFailedTimes', String(putsRefused)],
    ['putMessageSizeTotal', String(bytesIn)],
    ['putMessageDistributeTime', putLatency.text()],
    ['putMessageAverageSize', String(bytesIn / Math.max(1, messagesIn))],
    ['putLatency99', String(putLatency.quantileMs(0.99))],
    ['putLatency999', String(putLatency.quantileMs(0.999))],
    ['getMessageEntireTimeMax', '0'],
    ['dispatchMaxBuffer', '0'],
    ['dispatchBehindBytes', String(status.dispatchBehindBytes)],
    ['pageCacheLockTimeMills', '0'],
    ['commitLogDiskRatio', String(status.diskUsedRatio)],
    ['consumeQueueDiskRatio', String(status.diskUsedRatio)],
    ['commitLogMinOffset', String(status.commitLogMinOffset)],
    ['commitLogMaxOffset', String(status.commitLogMaxOffset)],
    ['earliestMessageTimeStamp', String(status.earliestMessageTimestamp)],
    ['remainTransientStoreBufferNumbs', '0'],
    ['remainHowManyDataToFlush', `${status.commitLogMaxOffset - status.flushedOffset} B`],
  ];
}

function rateTable({ rates }: BrokerParts): Entries {
  return [
    ['putTps', rates.put.text()],
    ['getFoundTps', rates.found.text()],
    ['getMissTps', rates.missed.text()],
    ['getTotalTps', rates.total.text()],
    ['getTransferredTps', rates.transferred.text()],
    // The spelling of brokers before 5.0, which old tools look for.
    ['getTransferedTps', rates.transferred.text()],
  ];
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const part = (size: number, of: number) => Math.floor(seconds / size) % of;
  return `[ ${Math.floor(seconds / 86_400)} days, ${part(3600, 24)} hours, ${part(60, 60)} minutes, ${seconds % 60} seconds ]`;
}
