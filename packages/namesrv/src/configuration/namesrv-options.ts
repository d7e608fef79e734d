/** Settings of a name server, complete. Keys and defaults are those of Apache's NamesrvConfig where it has one. */
export interface NamesrvSettings {
  /** Directory that the two paths below start from when they are not given. Default `.`. */
  readonly rocketmqHome: string;
  /** The key-value store. Default `<rocketmqHome>/namesrv/kvConfig.json`. */
  readonly kvConfigPath: string;
  /** Settings changed while running are kept here and win at the next start. Default `<rocketmqHome>/namesrv/namesrv.properties`. */
  readonly configStorePath: string;
  /** Further settings that requests cannot change, separated by `;`. */
  readonly configBlackList: string;
  /** Whether routes carry the queues of orderly topics from the key-value store. Default false. */
  readonly orderMessageEnable: boolean;
  /** Whether a registration is answered with the orderly topics. Default true. */
  readonly returnOrderTopicConfigToBroker: boolean;
  /** ms between looks for brokers that have gone silent. Default 5000, at least 100. */
  readonly scanNotActiveBrokerInterval: number;
  /** Whether a slave may be shown as master of a group that lost its own. Default false. */
  readonly supportActingMaster: boolean;
  /** Whether members of a group are told when its smallest broker id changes at a registration. Default false. */
  readonly notifyMinBrokerIdChanged: boolean;
  /** Whether the list of all topics is given out. Default true. */
  readonly enableAllTopicList: boolean;
  /** Whether the other lists of topics are given out. Default true. */
  readonly enableTopicList: boolean;
  /** Whether routes are refused for `waitSecondsForService` after a start, until brokers are back. Default false. */
  readonly needWaitForService: boolean;
  /** Seconds. Default 45. */
  readonly waitSecondsForService: number;
  /** Whether topics that a broker does not register any more are taken out. Default false. */
  readonly deleteTopicWithBrokerRegistration: boolean;
}

/** What may be given at the start; the rest has its default. */
export type NameServerOptions = Partial<NamesrvSettings>;

type Key = keyof NamesrvSettings;

const DEFAULTS: NamesrvSettings = {
  rocketmqHome: '.',
  kvConfigPath: '',
  configStorePath: '',
  configBlackList: 'configBlackList;configStorePath;kvConfigPath',
  orderMessageEnable: false,
  returnOrderTopicConfigToBroker: true,
  scanNotActiveBrokerInterval: 5000,
  supportActingMaster: false,
  notifyMinBrokerIdChanged: false,
  enableAllTopicList: true,
  enableTopicList: true,
  needWaitForService: false,
  waitSecondsForService: 45,
  deleteTopicWithBrokerRegistration: false,
};

const LEAST: Partial<Record<Key, number>> = { scanNotActiveBrokerInterval: 100, waitSecondsForService: 0 };
const MOST_NUMBER = 2_147_483_647;

/** Every setting with its default, for reference pages and command lines; paths show how they come about. */
export const namesrvOptions: Readonly<Record<Key, { readonly default: string | number | boolean }>> =
  Object.fromEntries(
    Object.entries({
      ...DEFAULTS,
      kvConfigPath: '<rocketmqHome>/namesrv/kvConfig.json',
      configStorePath: '<rocketmqHome>/namesrv/namesrv.properties',
    }).map(([key, value]) => [key, { default: value }]),
  ) as Record<Key, { default: string | number | boolean }>;

/** A setting that was not taken; nothing of what came with it was. */
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

export function isNamesrvKey(key: string): key is Key {
  return Object.hasOwn(DEFAULTS, key);
}

/** Reads settings from properties (namesrv.conf); keys this name server does not know are passed over. Throws SettingError. */
export function readNameServerOptions(properties: Readonly<Record<string, string>>): NameServerOptions {
  const options: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(properties)) if (isNamesrvKey(key)) options[key] = parseSetting(key, text);
  return options;
}

/** Fills in defaults. Throws SettingError for a number outside its range. */
export function completeSettings(options: NameServerOptions): NamesrvSettings {
  const settings = { ...DEFAULTS, ...options };
  for (const key of Object.keys(LEAST) as Key[]) checkNumber(key, settings[key] as number);
  const home = `${settings.rocketmqHome}/namesrv`;
  return {
    ...settings,
    kvConfigPath: settings.kvConfigPath || `${home}/kvConfig.json`,
    configStorePath: settings.configStorePath || `${home}/namesrv.properties`,
  };
}

export function parseSetting(key: Key, text: string): string | number | boolean {
  const value = text.trim();
  switch (typeof DEFAULTS[key]) {
    case 'boolean':
      if (!/^(true|false)$/i.test(value)) throw invalid(key, text, 'true or false');
      return value.toLowerCase() === 'true';
    case 'number':
      if (!/^[+-]?\d{1,15}$/.test(value)) throw invalid(key, text, 'a whole number');
      return checkNumber(key, Number(value));
    default:
      return value;
  }
}

function checkNumber(key: Key, value: number): number {
  const least = LEAST[key] ?? 0;
  if (Number.isInteger(value) && value >= least && value <= MOST_NUMBER) return value;
  throw invalid(key, String(value), `a whole number from ${least} to ${MOST_NUMBER}`);
}

function invalid(key: string, text: string, expected: string): SettingError {
  return new SettingError('invalid', `${key}: "${text.slice(0, 100)}" is not ${expected}`);
}
