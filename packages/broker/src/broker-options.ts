import { DEFAULT_DELAY_LEVELS } from '@cometmq/protocol';
import type { MessageStoreOptions } from '@cometmq/store';

/** Settings of a broker, complete. Keys and defaults are those of Apache's BrokerConfig where it has one. */
export interface BrokerSettings {
  /** Default `DefaultCluster`. */
  readonly brokerClusterName: string;
  /** One name for a master and its replicas; default `broker-a`. (Apache: the host's name.) */
  readonly brokerName: string;
  /** 0 is the master; default 0. */
  readonly brokerId: number;
  /**
   * The address clients are told, without port. Default empty: the name server tells each client the address under which
   * it can be reached by it, as far as it knows; 127.0.0.1 stands in message ids.
   */
  readonly brokerIP1: string;
  /** The port clients are told; whoever puts the broker behind a listener sees to it that they agree. Default 10911. */
  readonly listenPort: number;
  /** Name servers, separated by `;`. Empty (default): none. */
  readonly namesrvAddr: string;
  /** Whether a send makes its topic. Default true: mind that every misspelt topic stays. */
  readonly autoCreateTopicEnable: boolean;
  /** Whether groups come into being when they are first used. Default true. */
  readonly autoCreateSubscriptionGroup: boolean;
  /** Most queues of a topic made by a send. Default 8, 1 to 65536. */
  readonly defaultTopicQueueNums: number;
  /** 4 readable + 2 writable. Default 6. */
  readonly brokerPermission: number;
  /** Whether the topic of the cluster's name can be used. Default true. */
  readonly clusterTopicEnable: boolean;
  /** Whether the topic of the broker's name can be used. Default true. */
  readonly brokerTopicEnable: boolean;
  /** Whether the broker has a topic for message traces. Default false. */
  readonly traceTopicEnable: boolean;
  readonly msgTraceTopicName: string;
  /** Queues of the topic of POP acknowledgements. Default 8. */
  readonly reviveQueueNum: number;
  /** Whether pulls that find nothing are held as long as the client wants; otherwise `shortPollingTimeMills`. Default true. */
  readonly longPollingEnable: boolean;
  /** ms; default 1000. */
  readonly shortPollingTimeMills: number;
  /** Pulls held at a time; more are answered SYSTEM_BUSY and come again after a second. Default 100 000. */
  readonly maxHeldPulls: number;
  readonly litePullMessageEnable: boolean;
  /** Bytes of a message's body, or of a batch. Default 4 MiB; also an option of the store. */
  readonly maxMessageSize: number;
  /** Delays of levels 1, 2, …; also an option of the store. */
  readonly messageDelayLevel: string;
  /** ms between writes of consumer offsets, when there are new ones: what a crash can lose. Default 5000. */
  readonly flushConsumerOffsetInterval: number;
  /** Changed consumer offsets after which they are written ahead of the interval. Default 100 000. */
  readonly flushConsumerOffsetDirtyCount: number;
  readonly consumerOffsetUpdateVersionStep: number;
  /** ms between writes of delay offsets. Default 10 000. */
  readonly flushDelayOffsetInterval: number;
  readonly delayOffsetUpdateVersionStep: number;
  /** ms between registrations with the name servers, 10 000 to 60 000. Default 30 000. */
  readonly registerNameServerPeriod: number;
  /** ms one registration may take. Default 24 000. */
  readonly registerBrokerTimeoutMills: number;
  /** Property MSG_REGION of every message. */
  readonly regionId: string;
  /** Property TRACE_ON of every message. Default true. */
  readonly traceOn: boolean;
  /** Whether members of consumer groups are told of changes. Default true. */
  readonly notifyConsumerIdsChangedEnable: boolean;
  /** ms without a heartbeat after which a client is dropped. Default 120 000. */
  readonly channelExpiredTimeout: number;
  /** Wall clock ms before which no message is taken. Default 0. */
  readonly startAcceptSendRequestTimeStamp: number;
  /** Whether admin requests may not touch system topics. Default true. */
  readonly validateSystemTopicWhenUpdateTopic: boolean;
  /** Whether topics may have `message.type` MIXED. Default false. */
  readonly enableMixedMessageType: boolean;
}

/** What a broker is made from: any of the settings, and the options of its store. */
export interface BrokerOptions extends Partial<BrokerSettings> {
  /** Directory of messages and config files; made when it is missing. */
  readonly storePathRootDir: string;
  /** Further options of the store; `maxMessageSize` and `messageDelayLevel` are taken from the broker's. */
  readonly store?:
    | Omit<MessageStoreOptions, 'storePathRootDir' | 'storeHost' | 'maxMessageSize' | 'messageDelayLevel'>
    | undefined;
}

/** Options that make no sense; the message names the key and its range. */
export class BrokerOptionsError extends Error {
  override readonly name = 'BrokerOptionsError';
}

export const BROKER_DEFAULTS: BrokerSettings = {
  brokerClusterName: 'DefaultCluster',
  brokerName: 'broker-a',
  brokerId: 0,
  brokerIP1: '',
  listenPort: 10_911,
  namesrvAddr: '',
  autoCreateTopicEnable: true,
  autoCreateSubscriptionGroup: true,
  defaultTopicQueueNums: 8,
  brokerPermission: 6,
  clusterTopicEnable: true,
  brokerTopicEnable: true,
  traceTopicEnable: false,
  msgTraceTopicName: 'RMQ_SYS_TRACE_TOPIC',
  reviveQueueNum: 8,
  longPollingEnable: true,
  shortPollingTimeMills: 1000,
  maxHeldPulls: 100_000,
  litePullMessageEnable: true,
  maxMessageSize: 4 * 1024 * 1024,
  messageDelayLevel: DEFAULT_DELAY_LEVELS,
  flushConsumerOffsetInterval: 5000,
  flushConsumerOffsetDirtyCount: 100_000,
  consumerOffsetUpdateVersionStep: 500,
  flushDelayOffsetInterval: 10_000,
  delayOffsetUpdateVersionStep: 200,
  registerNameServerPeriod: 30_000,
  registerBrokerTimeoutMills: 24_000,
  regionId: 'DefaultRegion',
  traceOn: true,
  notifyConsumerIdsChangedEnable: true,
  channelExpiredTimeout: 120_000,
  startAcceptSendRequestTimeStamp: 0,
  validateSystemTopicWhenUpdateTopic: true,
  enableMixedMessageType: false,
};

/** [lowest, highest] of the numbers; integers all. */
const RANGES: Readonly<Partial<Record<keyof BrokerSettings, readonly [number, number]>>> = {
  brokerId: [0, Number.MAX_SAFE_INTEGER],
  listenPort: [0, 65_535],
  defaultTopicQueueNums: [1, 65_536],
  brokerPermission: [0, 7],
  reviveQueueNum: [1, 1024],
  shortPollingTimeMills: [1, 300_000],
  maxHeldPulls: [1, 10_000_000],
  maxMessageSize: [10, 2 ** 30],
  flushConsumerOffsetInterval: [1, 3_600_000],
  flushConsumerOffsetDirtyCount: [1, Number.MAX_SAFE_INTEGER],
  consumerOffsetUpdateVersionStep: [1, Number.MAX_SAFE_INTEGER],
  flushDelayOffsetInterval: [1, 3_600_000],
  delayOffsetUpdateVersionStep: [1, Number.MAX_SAFE_INTEGER],
  registerNameServerPeriod: [10_000, 60_000],
  registerBrokerTimeoutMills: [1, 3_600_000],
  channelExpiredTimeout: [1, 24 * 3_600_000],
  startAcceptSendRequestTimeStamp: [0, Number.MAX_SAFE_INTEGER],
};

/** Completes the options by defaults. Throws BrokerOptionsError. */
export function resolveSettings(options: Partial<BrokerSettings>): BrokerSettings {
  const settings: Record<string, unknown> = { ...BROKER_DEFAULTS };
  for (const key of Object.keys(BROKER_DEFAULTS) as (keyof BrokerSettings)[]) {
    if (options[key] !== undefined) settings[key] = checked(key, options[key]);
  }
  return settings as unknown as BrokerSettings;
}

function checked(key: keyof BrokerSettings, value: unknown): unknown {
  if (typeof value !== typeof BROKER_DEFAULTS[key]) {
    throw new BrokerOptionsError(`${key} must be a ${typeof BROKER_DEFAULTS[key]}, not ${String(value)}`);
  }
  const range = RANGES[key];
  if (range === undefined) return value;
  const [lowest, highest] = range;
  if (Number.isSafeInteger(value) && (value as number) >= lowest && (value as number) <= highest) return value;
  throw new BrokerOptionsError(`${key} must be a whole number from ${lowest} to ${highest}, not ${String(value)}`);
}

/** Reads the text of one setting, as it stands in a properties file. Throws BrokerOptionsError. */
export function parseSetting(key: keyof BrokerSettings, text: string): string | number | boolean {
  switch (typeof BROKER_DEFAULTS[key]) {
    case 'number': {
      if (!/^-?\d{1,16}$/.test(text.trim()))
        throw new BrokerOptionsError(`${key} must be a whole number, not "${text}"`);
      return checked(key, Number(text)) as number;
    }
    case 'boolean': {
      if (!/^(true|false)$/i.test(text.trim()))
        throw new BrokerOptionsError(`${key} must be true or false, not "${text}"`);
      return text.trim().toLowerCase() === 'true';
    }
    default:
      return text;
  }
}
