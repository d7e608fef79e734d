import { getConsumerStatusBody } from '../bodies/consumer-offset.js';
import { consumeMessageDirectlyResult, consumerRunningInfo } from '../bodies/consumer-running-info.js';
import { defineRequest } from '../schema/define-request.js';
import { boolean, int32, optional, text, withDefault } from '../schema/field.js';
import { ofGroup, ofTopic } from './access.js';
import { rpcFields, topicRpcFields } from './rpc-fields.js';

/* Asked of a running consumer, directly or through its broker. */

const consumerStatusFields = {
  ...topicRpcFields,
  topic: text(),
  group: text(),
  /** Client id filter (name is historical). */
  clientAddr: optional(text()),
} as const;

/** Declared by Apache, handled by nobody. */
export const suspendConsumer = defineRequest({
  code: 209,
  name: 'SUSPEND_CONSUMER',
});

/** Declared by Apache, handled by nobody. */
export const resumeConsumer = defineRequest({
  code: 210,
  name: 'RESUME_CONSUMER',
});

/** Declared by Apache, handled by nobody. */
export const adjustConsumerThreadPool = defineRequest({
  code: 213,
  name: 'ADJUST_CONSUMER_THREAD_POOL',
});

/** Declared by Apache, handled by nobody. */
export const whoConsumeTheMessage = defineRequest({
  code: 214,
  name: 'WHO_CONSUME_THE_MESSAGE',
});

/** The broker asks a consumer how far it is on a topic. */
export const getConsumerStatusFromClient = defineRequest({
  code: 221,
  name: 'GET_CONSUMER_STATUS_FROM_CLIENT',
  request: consumerStatusFields,
  responseBody: getConsumerStatusBody,
});

/**
 * The same for all clients of a group, asked of the broker; clientAddr is really a client id. An unknown group is code
 * 1.
 */
export const invokeBrokerToGetConsumerStatus = defineRequest({
  code: 223,
  name: 'INVOKE_BROKER_TO_GET_CONSUMER_STATUS',
  access: [ofTopic(['get']), ofGroup(['get'], 'group')],
  request: consumerStatusFields,
  responseBody: getConsumerStatusBody,
});

/**
 * What a consumer is doing: queues, statistics, stacks. Asked of the broker, which passes it on to the client and waits
 * 10 s.
 */
export const getConsumerRunningInfo = defineRequest({
  code: 307,
  name: 'GET_CONSUMER_RUNNING_INFO',
  access: [ofGroup(['get'])],
  request: {
    ...rpcFields,
    consumerGroup: text(),
    /** Client id. */
    clientId: text(),
    jstackEnable: withDefault(boolean(), false),
  },
  responseBody: consumerRunningInfo,
});

/**
 * Makes one client consume one message now. The broker looks it up by msgId and sends it to the client as body, with
 * brokerName, topicSysFlag and groupSysFlag added.
 */
export const consumeMessageDirectly = defineRequest({
  code: 309,
  name: 'CONSUME_MESSAGE_DIRECTLY',
  access: [ofGroup(['sub']), ofTopic(['sub'])],
  request: {
    ...topicRpcFields,
    consumerGroup: text(),
    /** Client id. */
    clientId: optional(text()),
    msgId: optional(text()),
    brokerName: optional(text()),
    topic: optional(text()),
    topicSysFlag: optional(int32()),
    groupSysFlag: optional(int32()),
  },
  responseBody: consumeMessageDirectlyResult,
});
