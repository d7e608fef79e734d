import {
  defineOptions,
  formatOption,
  optionDefaults,
  optionRange,
  type OptionValues,
  parseOption,
  parseOptions,
} from '@cometmq/runtime';

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
    meaning: 'The key-value store; empty: <rocketmqHome>/namesrv/kvConfig.json.',
  },
  configStorePath: {
    type: 'string',
    default: '',
    meaning:
      'Keeps settings that requests have changed, they win at the next start; empty: <rocketmqHome>/namesrv/namesrv.properties.',
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

/** All settings, complete. */
export type NamesrvSettings = OptionValues<typeof namesrvOptions>;
export type NamesrvKey = keyof NamesrvSettings;
/** What may be given at the start; the rest has its default. */
export type NameServerOptions = Partial<NamesrvSettings>;

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
 * Reads settings from properties (namesrv.conf). Keys that only Apache's name server has, such as those of its threads,
 * are passed over. Throws OptionsError with every value that makes no sense.
 */
export function readNameServerOptions(
  properties: Readonly<Record<string, string>>,
  source = 'namesrv.conf',
): NameServerOptions {
  const { values, given } = parseOptions(namesrvOptions, [{ name: source, entries: Object.entries(properties) }]);
  return Object.fromEntries([...given].map((key) => [key, values[key]])) as NameServerOptions;
}

/** Fills in defaults. Throws OptionsError for a value outside its range. */
export function completeSettings(options: NameServerOptions): NamesrvSettings {
  const settings = { ...optionDefaults(namesrvOptions), ...options };
  const entries = Object.entries(settings).map(
    ([key, value]) => [key, formatSetting(key as NamesrvKey, value)] as const,
  );
  parseOptions(namesrvOptions, [{ name: 'options', entries }]);
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
