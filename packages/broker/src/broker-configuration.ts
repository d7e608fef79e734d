import { type DataVersion, nextDataVersion } from '@cometmq/protocol';
import type { Clock } from '@cometmq/runtime';
import { BROKER_DEFAULTS, type BrokerSettings, parseSetting } from './broker-options.js';

/** Settings that decide what was built at the start: they take effect by a restart only, and are refused here. */
const FIXED: ReadonlySet<string> = new Set<keyof BrokerSettings>([
  'brokerClusterName',
  'brokerName',
  'brokerId',
  'brokerIP1',
  'listenPort',
  'messageDelayLevel',
  'flushConsumerOffsetInterval',
  'flushConsumerOffsetDirtyCount',
  'consumerOffsetUpdateVersionStep',
  'flushDelayOffsetInterval',
  'delayOffsetUpdateVersionStep',
  'registerNameServerPeriod',
  'maxHeldPulls',
  'namesrvAddr',
]);

/** A change of settings that was not made; nothing of it was. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/** The settings of a running broker. Changes live until the broker ends. */
export class BrokerConfiguration {
  #settings: BrokerSettings;
  #version: DataVersion;
  readonly #listeners: ((now: BrokerSettings, before: BrokerSettings) => void)[] = [];

  constructor(
    settings: BrokerSettings,
    private readonly clock: Pick<Clock, 'now'>,
  ) {
    this.#settings = settings;
    this.#version = { counter: 0, stateVersion: 0, timestamp: clock.now() };
  }

  /** Replaced, never changed, by an update. */
  get settings(): BrokerSettings {
    return this.#settings;
  }

  get version(): DataVersion {
    return this.#version;
  }

  onChange(listener: (now: BrokerSettings, before: BrokerSettings) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes over all changes or none. Keys this broker does not know are passed over, as in Apache's. Throws SettingError. */
  update(changes: ReadonlyMap<string, string>): void {
    const changed: Record<string, unknown> = {};
    for (const [key, text] of changes) {
      if (!Object.hasOwn(BROKER_DEFAULTS, key)) continue;
      const name = key as keyof BrokerSettings;
      const value = read(name, text);
      if (value === this.#settings[name]) continue;
      if (FIXED.has(key)) throw new SettingError(`${key} can only be changed by a restart`);
      changed[key] = value;
    }
    const before = this.#settings;
    this.#settings = { ...before, ...changed };
    this.#version = nextDataVersion(this.#version, this.clock.now());
    for (const listener of this.#listeners) listener(this.#settings, before);
  }
}

function read(key: keyof BrokerSettings, text: string): string | number | boolean {
  try {
    return parseSetting(key, text);
  } catch (error) {
    throw new SettingError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
