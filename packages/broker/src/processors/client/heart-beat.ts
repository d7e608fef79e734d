import {
  type ConsumerData,
  type heartBeat,
  heartbeatData,
  ResponseCode,
  retryTopic,
  validateGroup,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { ClientIdentity } from '../../clients/client-channel.js';
import { plainTopic, TopicSysFlag } from '../../topics/topic-config.js';
import type { BrokerParts } from '../broker-parts.js';

type Definition = typeof heartBeat;
type HeartBeat = IncomingRequest<Definition>;

/** Longest client id; Java's are `ip@pid#nanoseconds`. */
const MAX_CLIENT_ID_CHARS = 255;
/** Topics that one group may subscribe to. */
const MAX_SUBSCRIPTIONS = 4096;

/**
 * HEART_BEAT 34: who is there, what it wants (broker-semantics, section 5). A fingerprint other than 0 makes it a V2
 * heartbeat, which may leave the subscriptions out when they have not changed.
 */
export function heartBeatProcessor(parts: BrokerParts): (request: HeartBeat) => Promise<Reply<Definition>> {
  return async (request) => {
    const { command, connection, body } = request;
    const data = heartbeatData.decode(body);
    const problem = checkNames(data);
    if (problem !== undefined) return { code: ResponseCode.SYSTEM_ERROR, remark: problem };
    parts.counters.heartbeats++;
    const identity: ClientIdentity = { clientId: data.clientID, language: command.language, version: command.version };
    const fingerprint = data.heartbeatFingerprint;
    let subscriptionChanged = fingerprint === 0;
    for (const consumer of data.consumerDataSet) {
      if (!(await registerConsumer(parts, request, consumer, identity, data.withoutSub && fingerprint !== 0))) continue;
      if (fingerprint !== 0 && needsSubscriptions(parts, consumer, fingerprint, data.withoutSub))
        subscriptionChanged = true;
    }
    if (connection.open)
      for (const { groupName } of data.producerDataSet) parts.clients.registerProducer(groupName, identity, connection);
    return {
      code: ResponseCode.SUCCESS,
      extFields: { IS_SUPPORT_HEART_BEAT_V2: 'true', IS_SUB_CHANGE: String(subscriptionChanged) },
    };
  };
}

function checkNames(data: ReturnType<typeof heartbeatData.decode>): string | undefined {
  if (data.clientID === '') return 'the heartbeat names no clientID';
  if (data.clientID.length > MAX_CLIENT_ID_CHARS) return `clientID has more than ${MAX_CLIENT_ID_CHARS} characters`;
  for (const { groupName, subscriptionDataSet } of data.consumerDataSet) {
    if (subscriptionDataSet.length > MAX_SUBSCRIPTIONS)
      return `group ${groupName} subscribes to more than ${MAX_SUBSCRIPTIONS} topics`;
  }
  for (const { groupName } of data.producerDataSet) {
    if (groupName === '' || groupName.length > MAX_CLIENT_ID_CHARS)
      return 'a producer group without a name, or with one that is too long';
  }
  return undefined;
}

/** False when the group does not exist and may not come into being: its consumers are not taken notice of. */
async function registerConsumer(
  parts: BrokerParts,
  { connection }: HeartBeat,
  consumer: ConsumerData,
  identity: ClientIdentity,
  withoutSub: boolean,
): Promise<boolean> {
  const group = validateGroup(consumer.groupName) === undefined ? parts.groups.find(consumer.groupName) : undefined;
  if (group === undefined) {
    parts.logger.warn('a heartbeat names a group that does not exist', {
      group: consumer.groupName,
      clientId: identity.clientId,
    });
    return false;
  }
  const name = retryTopic(consumer.groupName);
  // Known nearly always: then nothing is waited for.
  if (parts.topics.get(name) === undefined && group.retryQueueNums > 0) {
    await parts.topics.ensure(name, () =>
      plainTopic(name, group.retryQueueNums, undefined, consumer.unitMode ? TopicSysFlag.UNIT_SUB : 0),
    );
  }
  if (!connection.open) return true;
  parts.clients.registerConsumer(consumer, withoutSub ? undefined : consumer.subscriptionDataSet, identity, connection);
  return true;
}

/** Whether the client has to send its subscriptions again: they changed elsewhere, or this broker has lost them. */
function needsSubscriptions(
  parts: BrokerParts,
  { groupName }: ConsumerData,
  fingerprint: number,
  withoutSub: boolean,
): boolean {
  const changed = parts.clients.swapFingerprint(groupName, fingerprint);
  if (changed || !withoutSub) return changed;
  // Not in Apache's broker: after a restart it waits for ever for subscriptions that nobody sends.
  return parts.clients.consumerGroup(groupName)?.hasSubscriptions === false;
}
