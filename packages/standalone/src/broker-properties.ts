import { type BrokerOptions, brokerOptions } from '@cometmq/broker';
import { type Logger, logUnknownOptions, optionSources, type OptionTexts, parseOptions } from '@cometmq/runtime';
import { storeOptions } from '@cometmq/store';
import { APACHE_BROKER_KEYS } from './apache-broker-keys.js';

/** What a broker.conf can set: keys of the broker and of its store. */
export const brokerFileOptions = { ...storeOptions, ...brokerOptions };

/** What the composition decides itself, whatever a configuration file says. */
const DECIDED_HERE: ReadonlySet<string> = new Set(['storePathRootDir', 'listenPort', 'namesrvAddr']);

/**
 * Reads the keys of Apache's broker.conf into the options of broker and store, and tells the logger of keys that have no
 * effect. Throws OptionsError with every value that makes no sense.
 */
export function readBrokerProperties(texts: OptionTexts, logger: Logger): Omit<BrokerOptions, 'storePathRootDir'> {
  const { given, unknown, values } = parseOptions(brokerFileOptions, optionSources(texts, 'broker.conf'));
  logUnknownOptions(
    logger,
    unknown.filter(({ key }) => !DECIDED_HERE.has(key)),
    APACHE_BROKER_KEYS,
  );
  const settings: Record<string, unknown> = {};
  const store: Record<string, unknown> = {};
  for (const key of given) {
    if (DECIDED_HERE.has(key)) continue;
    (Object.hasOwn(brokerOptions, key) ? settings : store)[key] = values[key];
  }
  return { ...settings, store };
}
