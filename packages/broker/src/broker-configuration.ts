import { type DataVersion, nextDataVersion } from '@cometmq/protocol';
import {
  type Clock,
  formatOption,
  optionRange,
  type OptionSpec,
  type OptionTable,
  parseOption,
} from '@cometmq/runtime';
import { storeOptions, type StoreSettings } from '@cometmq/store';
import { brokerOptions } from './broker-options.js';
import type { BrokerSettings } from './broker-settings.js';

/** What requests see as one: the settings of the broker and of its store. */
const TABLE: OptionTable = { ...storeOptions, ...brokerOptions };
/** Bound on a text in an error message. */
const SHOWN_CHARS = 100;

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
    private readonly store: StoreSettings,
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

  /** Texts of all settings, those of the store too. */
  texts(): ReadonlyMap<string, string> {
    const values: Readonly<Record<string, unknown>> = { ...this.store, ...this.#settings };
    return new Map(
      Object.entries(TABLE).map(([key, spec]) => [key, formatOption(spec, values[key] as OptionSpec['default'])]),
    );
  }

  onChange(listener: (now: BrokerSettings, before: BrokerSettings) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes over all changes or none. Keys this broker does not know are passed over, as in Apache's. Throws SettingError. */
  update(changes: ReadonlyMap<string, string>): void {
    const now = this.texts();
    const changed: Record<string, unknown> = {};
    for (const [key, text] of changes) {
      const spec = Object.hasOwn(TABLE, key) ? TABLE[key] : undefined;
      if (spec === undefined) continue;
      const value = parseOption(spec, text);
      if (value === undefined) {
        throw new SettingError(`${key} must be ${optionRange(spec)}, not "${text.slice(0, SHOWN_CHARS)}"`);
      }
      if (formatOption(spec, value) === now.get(key)) continue;
      if (spec.atStart === true) throw new SettingError(`${key} can only be changed by a restart`);
      changed[key] = value;
    }
    const before = this.#settings;
    this.#settings = { ...before, ...changed };
    this.#version = nextDataVersion(this.#version, this.clock.now());
    for (const listener of this.#listeners) listener(this.#settings, before);
  }
}
