import {
  completeOptions,
  defineOptions,
  formatOption,
  type GivenOptions,
  type Logger,
  logUnknownOptions,
  optionRange,
  optionSources,
  type OptionTexts,
  parseOption,
  parseOptions,
} from '@cometmq/runtime';
import type { NamesrvSettings } from './namesrv-settings.js';

/** Settings of a name server. Keys and defaults are those of Apache's NamesrvConfig where it has one. */
export const namesrvOptions = defineOptions({
  rocketmqHome: {
    type: 'string',
    default: '.',
    meaning: 'Directory that the two paths below start from when they are empty.',
  },
  kvConfigPath: {
    type: 'string',
    default: '',
    meaning: 'The key-value store; empty: namesrv/kvConfig.json in rocketmqHome.',
  },
  configStorePath: {
    type: 'string',
    default: '',
    meaning:
      'Keeps settings that requests have changed, they win at the next start; empty: namesrv/namesrv.properties in rocketmqHome.',
  },
  configBlackList: {
    type: 'csv',
    separator: ';',
    default: ['configBlackList', 'configStorePath', 'kvConfigPath'],
    meaning: 'Settings that requests cannot change.',
  },
  orderMessageEnable: {
    type: 'boolean',
    default: false,
    meaning: 'Routes carry the queues of orderly topics from the key-value store.',
  },
  returnOrderTopicConfigToBroker: {
    type: 'boolean',
    default: true,
    meaning: 'A registration is answered with the orderly topics.',
  },
  scanNotActiveBrokerInterval: {
    type: 'int',
    unit: 'ms',
    default: 5000,
    min: 100,
    meaning: 'Time between looks for brokers that have gone silent.',
  },
  supportActingMaster: {
    type: 'boolean',
    default: false,
    meaning: 'A slave may be shown as master of a group that has lost its own.',
  },
  notifyMinBrokerIdChanged: {
    type: 'boolean',
    default: false,
    meaning: 'Members of a group are told when its smallest broker id changes.',
  },
  enableAllTopicList: { type: 'boolean', default: true, meaning: 'The list of all topics is given out.' },
  enableTopicList: { type: 'boolean', default: true, meaning: 'The other lists of topics are given out.' },
  needWaitForService: {
    type: 'boolean',
    default: false,
    meaning: 'Routes are refused for waitSecondsForService after a start, until brokers are back.',
  },
  waitSecondsForService: { type: 'int', unit: 's', default: 45, min: 0, meaning: 'See needWaitForService.' },
  deleteTopicWithBrokerRegistration: {
    type: 'boolean',
    default: false,
    meaning: 'Topics that a broker does not register any more are taken out.',
    danger: 'Brokers that register topics one by one must not meet it.',
  },
});

export type NamesrvKey = keyof NamesrvSettings;
/** What may be given at the start; the rest has its default. */
export type NameServerOptions = GivenOptions<NamesrvSettings>;

/** What Apache's name server reads besides (NamesrvConfig, NettyServerConfig, NettyClientConfig). */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(
  `bindAddress channelNotActiveInterval clientAsyncSemaphoreValue clientCallbackExecutorThreads
  clientChannelMaxIdleTimeSeconds clientCloseSocketIfTimeout clientOnewaySemaphoreValue clientPooledByteBufAllocatorEnable
  clientRequestThreadPoolNums clientRequestThreadPoolQueueCapacity clientSocketRcvBufSize clientSocketSndBufSize
  clientWorkerThreads clusterTest connectTimeoutMillis defaultThreadPoolNums defaultThreadPoolQueueCapacity
  disableCallbackExecutor disableNettyWorkerGroup enableControllerInNamesrv enableReconnectForGoAway
  enableShutdownGracefully isScanAvailableNameSrv listenPort maxReconnectIntervalTimeSeconds productEnvName
  serverAsyncSemaphoreValue serverCallbackExecutorThreads serverChannelMaxIdleTimeSeconds serverNettyWorkerGroupEnable
  serverOnewaySemaphoreValue serverPooledByteBufAllocatorEnable serverSelectorThreads serverSocketBacklog
  serverSocketRcvBufSize serverSocketSndBufSize serverWorkerThreads shutdownWaitTimeSeconds socksProxyConfig
  unRegisterBrokerQueueCapacity useEpollNativeSelector useTLS writeBufferHighWaterMark writeBufferLowWaterMark`.split(
    /\s+/,
  ),
);

/** A change of settings that was not taken; nothing of what came with it was. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
  constructor(
    readonly reason: 'forbidden' | 'invalid' | 'not-saved',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export function isNamesrvKey(key: string): key is NamesrvKey {
  return Object.hasOwn(namesrvOptions, key);
}

/**
 * Reads settings from properties (namesrv.conf) and tells the logger of keys that have no effect. Throws OptionsError with
 * every value that makes no sense.
 */
export function readNameServerOptions(texts: OptionTexts, logger: Logger, name = 'namesrv.conf'): NameServerOptions {
  const { values, given, unknown } = parseOptions(namesrvOptions, optionSources(texts, name));
  logUnknownOptions(logger, unknown, WITHOUT_EFFECT);
  return Object.fromEntries([...given].map((key) => [key, values[key]]));
}

/** Fills in defaults. Throws OptionsError. */
export function completeSettings(options: NameServerOptions): NamesrvSettings {
  const settings = completeOptions(namesrvOptions, options);
  const home = `${settings.rocketmqHome}/namesrv`;
  return {
    ...settings,
    kvConfigPath: settings.kvConfigPath || `${home}/kvConfig.json`,
    configStorePath: settings.configStorePath || `${home}/namesrv.properties`,
  };
}

/** Throws SettingError. */
export function parseSetting(key: NamesrvKey, text: string): NamesrvSettings[NamesrvKey] {
  const spec = namesrvOptions[key];
  const value = parseOption(spec, text);
  if (value !== undefined) return value;
  throw new SettingError('invalid', `${key}: "${text.slice(0, 100)}" is not ${optionRange(spec)}`);
}

export function formatSetting(key: NamesrvKey, value: NamesrvSettings[NamesrvKey]): string {
  return formatOption(namesrvOptions[key], value);
}
