import {
  type CMResult,
  type ConsumerData,
  consumeMessageDirectly,
  consumeMessageDirectlyResult,
  type ConsumeStatus,
  consumerRunningInfo,
  CURRENT_VERSION,
  getConsumerRunningInfo,
  getConsumerStatusBody,
  getConsumerStatusFromClient,
  type ProcessQueueInfo,
  recordParts,
  resetConsumerClientOffset,
  resetOffsetBody,
  ResponseCode,
  versionName,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { ClientInstance } from '../client/client-instance.js';
import type { MessageQueue } from '../message/message-queue.js';
import type { ViewContext } from '../message/message-view.js';
import { AssignedQueue, PulledMessage } from './assigned-queue.js';
import type { ConsumerSettings } from './consumer-options.js';
import type { DirectOutcome, Dispatcher } from './dispatch/dispatcher.js';
import { PulledRecord } from './pulled-record.js';

const MIB = 1024 * 1024;

/** What is asked about. */
interface Member {
  readonly group: string;
  readonly settings: ConsumerSettings;
  readonly view: ViewContext;
  readonly dispatcher: Dispatcher;
  readonly queues: { all(): readonly AssignedQueue[]; holdsLock(assigned: AssignedQueue): boolean };
  readonly startedAt: number;
  consumerData(): ConsumerData;
  seek(queue: MessageQueue, offset: number): Promise<void>;
}

/** Answers what brokers ask of a group's member, mostly for administrators (client-behaviour 13). Returns how to stop. */
export function answerServers(client: ClientInstance, member: Member): () => void {
  const { serverRequests } = client;
  const stops = [
    serverRequests.on(resetConsumerClientOffset, (request) =>
      request.header.group === member.group ? resetOffsets(client, member, request) : undefined,
    ),
    serverRequests.on(getConsumerStatusFromClient, ({ header }) =>
      header.group === member.group ? status(member, header.topic) : undefined,
    ),
    serverRequests.on(getConsumerRunningInfo, ({ header }) =>
      header.consumerGroup === member.group ? runningInfo(client, member) : undefined,
    ),
    serverRequests.on(consumeMessageDirectly, (request) =>
      request.header.consumerGroup === member.group ? consumeDirectly(client, member, request) : undefined,
    ),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** RESET_CONSUMER_CLIENT_OFFSET 220: what is owned goes on there. One-way. */
async function resetOffsets(
  client: ClientInstance,
  member: Member,
  { body, header }: IncomingRequest<typeof resetConsumerClientOffset>,
): Promise<Reply<typeof resetConsumerClientOffset>> {
  const { offsetTable } = resetOffsetBody.decode(body);
  client.logger.info('a broker resets offsets', {
    group: member.group,
    topic: header.topic,
    queues: offsetTable.length,
  });
  await Promise.all(offsetTable.map(([queue, offset]) => member.seek(queue, offset)));
  return { code: ResponseCode.SUCCESS };
}

/** GET_CONSUMER_STATUS_FROM_CLIENT 221: how far the owned queues of a topic are. */
function status(member: Member, topic: string): Reply<typeof getConsumerStatusFromClient> {
  const messageQueueTable = member.queues
    .all()
    .filter(({ queue }) => queue.topic === topic)
    .map(({ queue, window }) => [queue, window.commitOffset] as const);
  const body = getConsumerStatusBody.encode({ messageQueueTable, consumerTable: new Map() });
  return { code: ResponseCode.SUCCESS, body };
}

/** GET_CONSUMER_RUNNING_INFO 307. */
function runningInfo(client: ClientInstance, member: Member): Reply<typeof getConsumerRunningInfo> {
  const { consumeType, subscriptionDataSet } = member.consumerData();
  const { concurrency, mode } = member.settings;
  const body = consumerRunningInfo.encode({
    properties: new Map([
      ['PROP_NAMESERVER_ADDR', client.status.value.namesrv ?? ''],
      ['PROP_CONSUME_TYPE', consumeType],
      ['PROP_CLIENT_VERSION', versionName(CURRENT_VERSION)],
      ['PROP_CONSUMER_START_TIMESTAMP', String(member.startedAt)],
      ['PROP_CONSUMEORDERLY', String(mode === 'orderly')],
      ['PROP_THREADPOOL_CORE_SIZE', String(concurrency)],
    ]),
    subscriptionSet: subscriptionDataSet,
    mqTable: member.queues.all().map((assigned) => [assigned.queue, queueInfo(member, assigned)] as const),
    mqPopTable: [],
    statusTable: new Map(subscriptionDataSet.map(({ topic }) => [topic, NO_RATES])),
    userConsumerInfo: new Map(),
  });
  return { code: ResponseCode.SUCCESS, body };
}

/** Rates are not kept here: a MetricsSink of the client has them. */
const NO_RATES: ConsumeStatus = {
  pullRT: 0,
  pullTPS: 0,
  consumeRT: 0,
  consumeOKTPS: 0,
  consumeFailedTPS: 0,
  consumeFailedMsgs: 0,
};

function queueInfo(member: Member, assigned: AssignedQueue): ProcessQueueInfo {
  const { consumedAt, pulledAt, window } = assigned;
  const orderly = member.settings.mode === 'orderly';
  return {
    commitOffset: window.commitOffset,
    cachedMsgMinOffset: window.count === 0 ? 0 : window.commitOffset,
    cachedMsgMaxOffset: window.count === 0 ? 0 : window.nextOffset - 1,
    cachedMsgCount: window.count,
    cachedMsgSizeInMiB: Math.floor(window.bytes / MIB),
    transactionMsgMinOffset: 0,
    transactionMsgMaxOffset: 0,
    transactionMsgCount: 0,
    locked: orderly && member.queues.holdsLock(assigned),
    tryUnlockTimes: 0,
    lastLockTimestamp: 0,
    droped: assigned.dropped,
    lastPullTimestamp: pulledAt,
    lastConsumeTimestamp: consumedAt,
  };
}

/** CONSUME_MESSAGE_DIRECTLY 309: the message in the body goes to its handler now, without effect on offsets or retries. */
async function consumeDirectly(
  client: ClientInstance,
  member: Member,
  { body, header }: IncomingRequest<typeof consumeMessageDirectly>,
): Promise<Reply<typeof consumeMessageDirectly>> {
  const parts = recordParts(body, 0);
  if (typeof parts === 'string')
    return { code: ResponseCode.SYSTEM_ERROR, remark: `the message cannot be read: ${parts}` };
  const record = new PulledRecord(body, 0, parts);
  const queue = { topic: record.topic, brokerName: header.brokerName ?? '', queueId: record.queueId };
  const assigned = new AssignedQueue(queue, record.queueOffset, member.settings.window);
  const startedAt = client.clock.monotonic();
  const outcome = await member.dispatcher.consumeNow?.(new PulledMessage(record, assigned, member.view));
  if (outcome === undefined)
    return { code: ResponseCode.SYSTEM_ERROR, remark: `nobody in this client consumes ${queue.topic} for that group` };
  const result = {
    order: member.settings.mode === 'orderly',
    autoCommit: true,
    consumeResult: resultOf(outcome),
    remark: remarkOf(outcome),
    spentTimeMills: Math.round(client.clock.monotonic() - startedAt),
  };
  return { code: ResponseCode.SUCCESS, body: consumeMessageDirectlyResult.encode(result) };
}

function resultOf({ error, verdict }: DirectOutcome): CMResult {
  if (error !== undefined) return 'CR_THROW_EXCEPTION';
  return verdict.action === 'ack' ? 'CR_SUCCESS' : verdict.action === 'retry' ? 'CR_LATER' : 'CR_ROLLBACK';
}

function remarkOf({ error, verdict }: DirectOutcome): string | undefined {
  if (error !== undefined)
    return error instanceof Error ? error.message : 'the handler threw something that is no Error';
  return verdict.action === 'reject' ? verdict.reason : undefined;
}
