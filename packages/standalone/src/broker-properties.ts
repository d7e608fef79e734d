import { BROKER_DEFAULTS, type BrokerOptions, type BrokerSettings, parseSetting } from '@cometmq/broker';
import { isStoreOption, parseStoreOption } from '@cometmq/store';

/** What the composition decides itself, whatever a configuration file says. */
const DECIDED_HERE: ReadonlySet<string> = new Set(['storePathRootDir', 'listenPort', 'namesrvAddr']);

export interface ReadBrokerProperties {
  readonly options: Omit<BrokerOptions, 'storePathRootDir'>;
  /** Keys nobody here knows: Apache has many more, they are not an error. */
  readonly unknown: readonly string[];
}

/**
 * Reads the keys of Apache's broker.conf into the options of broker and store.
 * Throws BrokerOptionsError or StoreError naming key, value and range.
 */
export function readBrokerProperties(properties: Readonly<Record<string, string>>): ReadBrokerProperties {
  const settings: Record<string, unknown> = {};
  const store: Record<string, unknown> = {};
  const unknown: string[] = [];
  for (const [key, text] of Object.entries(properties)) {
    if (DECIDED_HERE.has(key)) continue;
    const ofBroker = Object.hasOwn(BROKER_DEFAULTS, key);
    if (ofBroker) settings[key] = parseSetting(key as keyof BrokerSettings, text);
    else if (isStoreOption(key)) store[key] = parseStoreOption(key, text);
    else unknown.push(key);
  }
  return { options: { ...settings, store }, unknown };
}
