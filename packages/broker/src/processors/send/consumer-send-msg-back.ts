import {
  type consumerSendMsgBack,
  type DecodedRecord,
  encodeOffsetMessageId,
  findProperty,
  MessageProperty,
  readRecord,
  ResponseCode,
  retryTopic,
  type SubscriptionGroupConfig,
  type TopicConfig,
  withProperty,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import { randomInt } from '@cometmq/runtime';
import { scheduled } from '../../delay/schedule-message.js';
import { isWriteable, plainTopic, TopicSysFlag } from '../../topics/topic-config.js';
import type { BrokerParts } from '../broker-parts.js';
import { deadLetterTopic, maxReconsumeTimes } from './retry-routing.js';
import { FAQ } from './send-admission.js';

type SendBack = IncomingRequest<typeof consumerSendMsgBack>;
type SendBackReply = Reply<typeof consumerSendMsgBack>;

/** The first retry waits as long as this level says, each further one a level longer. */
const FIRST_RETRY_LEVEL = 3;

const refusal = (code: number, remark: string): SendBackReply => ({ code, remark });

/** CONSUMER_SEND_MSG_BACK 36: a message that could not be consumed comes again later, or goes to the dead letters (1.8). */
export function consumerSendMsgBackProcessor(parts: BrokerParts): (request: SendBack) => Promise<SendBackReply> {
  return async (request) => {
    const { header } = request;
    const group = parts.groups.find(header.group);
    if (group === undefined)
      return refusal(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `subscription group not exist, ${header.group} ${FAQ}`);
    if (!isWriteable(parts.settings.brokerPermission)) {
      return refusal(
        ResponseCode.NO_PERMISSION,
        `the broker[${parts.settings.brokerName}] sending message is forbidden`,
      );
    }
    // The group does not want its messages again.
    if (group.retryQueueNums <= 0) return { code: ResponseCode.SUCCESS };
    const name = retryTopic(header.group);
    const sysFlag = header.unitMode ? TopicSysFlag.UNIT_SUB : 0;
    const topic = await parts.topics.ensure(name, () => plainTopic(name, group.retryQueueNums, undefined, sysFlag));
    if (!isWriteable(topic.perm))
      return refusal(ResponseCode.NO_PERMISSION, `the topic[${name}] sending message is forbidden`);
    const bytes = header.offset < 0 ? undefined : await parts.store.recordAt(header.offset);
    if (bytes === undefined)
      return refusal(ResponseCode.SYSTEM_ERROR, `look message by offset failed, ${header.offset}`);
    return storeAgain(parts, request, readRecord(bytes), group, topic);
  };
}

async function storeAgain(
  parts: BrokerParts,
  request: SendBack,
  record: DecodedRecord,
  group: SubscriptionGroupConfig,
  topic: TopicConfig,
): Promise<SendBackReply> {
  const { header, command } = request;
  const max = maxReconsumeTimes(group.retryMaxTimes, header.maxReconsumeTimes, command.version);
  const dead = record.reconsumeTimes >= max || header.delayLevel < 0;
  const level = dead ? 0 : header.delayLevel === 0 ? FIRST_RETRY_LEVEL + record.reconsumeTimes : header.delayLevel;
  const target = dead ? await deadLetterTopic(parts, header.group) : topic;
  const queueId = dead ? 0 : randomInt(parts.random, group.retryQueueNums);
  let destination = { topic: target.topicName, queueId, properties: retryProperties(record, level) };
  if (level > 0) destination = { ...scheduled(destination, level, parts.delayLevels.length) };
  // The consumer goes on behind the message when we say so: unlike Apache's, the copy is as safe as any message by then.
  const result = await parts.store.put({
    ...destination,
    flag: record.flag,
    sysFlag: record.sysFlag,
    bornTimestamp: record.bornTimestamp,
    bornHost: record.bornHost,
    reconsumeTimes: record.reconsumeTimes + 1,
    preparedTransactionOffset: 0,
    body: record.body,
  });
  if (result.status !== 'PUT_OK') return refusal(ResponseCode.SYSTEM_ERROR, result.status);
  parts.counters.sendBacks++;
  if (dead) parts.counters.deadLetters++;
  return { code: ResponseCode.SUCCESS };
}

/** The message remembers where it came from first; a later retry keeps that. */
function retryProperties(record: DecodedRecord, level: number): string {
  let text = record.properties;
  const keep = (name: string, value: string) => {
    if (findProperty(text, name) === undefined) text = withProperty(text, name, value);
  };
  keep(MessageProperty.RETRY_TOPIC, record.topic);
  keep(MessageProperty.ORIGIN_MESSAGE_ID, encodeOffsetMessageId(record.storeHost, record.physicalOffset));
  text = withProperty(text, MessageProperty.WAIT_STORE_MSG_OK, 'false');
  return withProperty(text, MessageProperty.DELAY_TIME_LEVEL, String(level));
}
