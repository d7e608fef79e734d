import { completeOptions, defineOptions, type GivenOptions } from '@cometmq/runtime';
import { type MessageStoreOptions, storeOptions } from '@cometmq/store';
import type { BrokerSettings } from './broker-settings.js';

const HOUR_MS = 3_600_000;

/**
 * Settings of a broker. Keys and defaults are those of Apache's BrokerConfig where it has one. The two that its store shares
 * with it are described there; what a running broker checks is its own value.
 */
export const brokerOptions = defineOptions({
  brokerClusterName: { type: 'string', default: 'DefaultCluster', atStart: true, meaning: 'Name of the cluster.' },
  brokerName: {
    type: 'string',
    default: 'broker-a',
    atStart: true,
    meaning: "One name for a master and its replicas. (Apache's default: the host's name.)",
  },
  brokerId: { type: 'long', default: 0, min: 0, atStart: true, meaning: '0 is the master.' },
  brokerIP1: {
    type: 'string',
    default: '',
    atStart: true,
    meaning:
      'The address clients are told, without port. Empty: the name server tells each client the one under which it reaches the broker, as far as it knows; 127.0.0.1 stands in message ids.',
  },
  listenPort: {
    type: 'int',
    default: 10_911,
    min: 0,
    max: 65_535,
    atStart: true,
    meaning: 'The port clients are told; whoever puts the broker behind a listener sees to it that they agree.',
  },
  namesrvAddr: {
    type: 'string',
    default: '',
    atStart: true,
    meaning: 'Name servers, separated by ";". Empty: none.',
  },
  autoCreateTopicEnable: {
    type: 'boolean',
    default: true,
    meaning: 'A send makes its topic.',
    danger: 'Every misspelt topic stays.',
  },
  autoCreateSubscriptionGroup: {
    type: 'boolean',
    default: true,
    meaning: 'Groups come into being when they are first used.',
  },
  defaultTopicQueueNums: {
    type: 'int',
    unit: 'queues',
    default: 8,
    min: 1,
    max: 65_536,
    atStart: true,
    meaning: 'Most queues of a topic made by a send.',
  },
  brokerPermission: {
    type: 'int',
    default: 6,
    min: 0,
    max: 7,
    meaning: 'What clients may do: 4 read + 2 write.',
  },
  clusterTopicEnable: {
    type: 'boolean',
    default: true,
    atStart: true,
    meaning: "The topic of the cluster's name can be used.",
  },
  brokerTopicEnable: {
    type: 'boolean',
    default: true,
    atStart: true,
    meaning: "The topic of the broker's name can be used.",
  },
  traceTopicEnable: {
    type: 'boolean',
    default: false,
    atStart: true,
    meaning: 'The broker has a topic for message traces.',
  },
  msgTraceTopicName: {
    type: 'string',
    default: 'RMQ_SYS_TRACE_TOPIC',
    atStart: true,
    meaning: 'Name of the topic for message traces.',
  },
  reviveQueueNum: {
    type: 'int',
    unit: 'queues',
    default: 8,
    min: 1,
    max: 1024,
    atStart: true,
    meaning: 'Size of the topic of POP acknowledgements.',
  },
  longPollingEnable: {
    type: 'boolean',
    default: true,
    meaning: 'Pulls that find nothing are held as long as the client wants; otherwise shortPollingTimeMills.',
  },
  shortPollingTimeMills: {
    type: 'int',
    unit: 'ms',
    default: 1000,
    min: 1,
    max: 300_000,
    meaning: 'See longPollingEnable.',
  },
  maxHeldPulls: {
    type: 'int',
    unit: 'pulls',
    default: 100_000,
    min: 1,
    max: 10_000_000,
    atStart: true,
    meaning: 'Pulls held at a time; more are answered SYSTEM_BUSY and come again after a second.',
  },
  refuseLateOffsets: {
    type: 'boolean',
    default: true,
    meaning:
      "Offsets of a queue whose lock another member of the group holds are not taken: they would take its progress back. Apache's brokers take them.",
  },
  litePullMessageEnable: { type: 'boolean', default: true, meaning: 'Lite pull consumers are served.' },
  maxMessageSize: storeOptions.maxMessageSize,
  messageDelayLevel: storeOptions.messageDelayLevel,
  flushConsumerOffsetInterval: {
    type: 'int',
    unit: 'ms',
    default: 5000,
    min: 1,
    max: HOUR_MS,
    atStart: true,
    meaning: 'Time between writes of consumer offsets, when there are new ones.',
    danger: 'A crash loses what is newer: messages are delivered again.',
  },
  flushConsumerOffsetDirtyCount: {
    type: 'long',
    unit: 'offsets',
    default: 100_000,
    min: 1,
    atStart: true,
    meaning: 'Changed consumer offsets after which they are written ahead of the interval.',
  },
  consumerOffsetUpdateVersionStep: {
    type: 'long',
    unit: 'changes',
    default: 500,
    min: 1,
    atStart: true,
    meaning: 'After so many the version of the consumer offsets goes on.',
  },
  flushDelayOffsetInterval: {
    type: 'int',
    unit: 'ms',
    default: 10_000,
    min: 1,
    max: HOUR_MS,
    atStart: true,
    meaning: 'Time between writes of delay offsets.',
    danger: 'A crash loses what is newer: delayed messages are delivered again.',
  },
  delayOffsetUpdateVersionStep: {
    type: 'long',
    unit: 'changes',
    default: 200,
    min: 1,
    atStart: true,
    meaning: 'After so many the version of the delay offsets goes on.',
  },
  registerNameServerPeriod: {
    type: 'int',
    unit: 'ms',
    default: 30_000,
    min: 10_000,
    max: 60_000,
    atStart: true,
    meaning: 'Time between registrations with the name servers.',
  },
  registerBrokerTimeoutMills: {
    type: 'int',
    unit: 'ms',
    default: 24_000,
    min: 1,
    max: HOUR_MS,
    atStart: true,
    meaning: 'Time one registration may take.',
  },
  regionId: { type: 'string', default: 'DefaultRegion', meaning: 'Property MSG_REGION of every message.' },
  traceOn: { type: 'boolean', default: true, meaning: 'Property TRACE_ON of every message.' },
  notifyConsumerIdsChangedEnable: {
    type: 'boolean',
    default: true,
    meaning: 'Members of consumer groups are told of changes.',
  },
  channelExpiredTimeout: {
    type: 'int',
    unit: 'ms',
    default: 120_000,
    min: 1,
    max: 24 * HOUR_MS,
    atStart: true,
    meaning: 'Time without a heartbeat after which a client is dropped.',
  },
  startAcceptSendRequestTimeStamp: {
    type: 'long',
    unit: 'ms of the wall clock',
    default: 0,
    min: 0,
    meaning: 'No message is taken before.',
  },
  validateSystemTopicWhenUpdateTopic: {
    type: 'boolean',
    default: true,
    meaning: 'Admin requests may not touch system topics.',
  },
  enableMixedMessageType: { type: 'boolean', default: false, meaning: 'Topics may have message.type MIXED.' },
});

/** What a broker is made from: any of the settings, and the options of its store. */
export interface BrokerOptions extends GivenOptions<BrokerSettings> {
  /** Directory of messages and config files; made when it is missing. */
  readonly storePathRootDir: string;
  /** Further options of the store; `maxMessageSize` and `messageDelayLevel` are taken from the broker's. */
  readonly store?:
    | Omit<MessageStoreOptions, 'storePathRootDir' | 'storeHost' | 'maxMessageSize' | 'messageDelayLevel'>
    | undefined;
}

/** Fills in the defaults. Throws OptionsError. */
export function resolveBrokerSettings(options: GivenOptions<BrokerSettings>): BrokerSettings {
  return completeOptions(brokerOptions, options);
}
