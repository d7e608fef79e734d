import { decodeUtf8, formatProperties, parseProperties, type Ports } from '@cometmq/runtime';
import { writeDurably } from '../durable-file.js';
import {
  completeSettings,
  formatSetting,
  isNamesrvKey,
  type NamesrvKey,
  type NameServerOptions,
  parseSetting,
  readNameServerOptions,
  SettingError,
} from './namesrv-options.js';
import type { NamesrvSettings } from './namesrv-settings.js';

/** Never changed by a request, whatever configBlackList says (broker-semantics, section 13). */
const ALWAYS_FORBIDDEN = ['configBlackList', 'configStorePath', 'kvConfigPath', 'rocketmqHome'];
/** Bound on the text of a change; all settings together are a few hundred bytes. */
const MAX_TEXT_BYTES = 64 * 1024;

/** The settings of a running name server. What requests change is kept in its file. */
export class NamesrvConfiguration {
  #settings: NamesrvSettings;
  /** Changes are made one behind the other. */
  #last: Promise<unknown> = Promise.resolve();

  /** Throws OptionsError. */
  constructor(
    options: NameServerOptions,
    private readonly ports: Pick<Ports, 'disk' | 'logger'>,
  ) {
    this.#settings = completeSettings(options);
  }

  /** Replaced, never changed, by an update. */
  get settings(): NamesrvSettings {
    return this.#settings;
  }

  /** Takes over what was changed while it ran before. Throws OptionsError when the file holds nonsense. */
  load(): void {
    const { rocketmqHome, kvConfigPath, configStorePath, configBlackList } = this.#settings;
    const kept = readNameServerOptions(Object.fromEntries(this.#stored()), this.ports.logger, configStorePath);
    // What requests can never change is not taken from their file either.
    const fixed = { rocketmqHome, kvConfigPath, configStorePath, configBlackList };
    this.#settings = completeSettings({ ...this.#settings, ...kept, ...fixed });
  }

  /** Java properties text, sorted by key. */
  text(): string {
    const keys = (Object.keys(this.#settings) as NamesrvKey[]).toSorted();
    return formatProperties(keys.map((key) => [key, formatSetting(key, this.#settings[key])] as const));
  }

  /**
   * Takes over all of the properties in `text` or none; keys this name server does not know are passed over, as in
   * Apache's. Resolves with what has changed, when it is in the file. Rejects with SettingError.
   */
  update(text: Uint8Array): Promise<NameServerOptions> {
    const done = this.#last.then(() => this.#update(text));
    this.#last = done.catch(() => {});
    return done;
  }

  async #update(text: Uint8Array): Promise<NameServerOptions> {
    if (text.length > MAX_TEXT_BYTES) {
      throw new SettingError('invalid', `${text.length} bytes of settings, at most ${MAX_TEXT_BYTES} are taken`);
    }
    const wanted = [...parseProperties(decodeUtf8(text))];
    const forbidden = new Set([...ALWAYS_FORBIDDEN, ...this.#settings.configBlackList]);
    if (wanted.some(([key]) => forbidden.has(key))) {
      throw new SettingError('forbidden', 'Can not update config in black list.');
    }
    const changed = new Map<NamesrvKey, string>();
    const values: Partial<Record<NamesrvKey, unknown>> = {};
    for (const [key, value] of wanted) {
      if (!isNamesrvKey(key)) continue;
      values[key] = parseSetting(key, value);
      changed.set(key, value.trim());
    }
    if (changed.size > 0) await this.#save(changed);
    this.#settings = { ...this.#settings, ...(values as Partial<NamesrvSettings>) };
    return values as NameServerOptions;
  }

  #stored(): Map<string, string> {
    const bytes = this.ports.disk.readFileSync(this.#settings.configStorePath);
    return bytes === undefined ? new Map() : parseProperties(decodeUtf8(bytes));
  }

  /** The file may be one that people write: what else stands in it stays. */
  async #save(changed: ReadonlyMap<string, string>): Promise<void> {
    const path = this.#settings.configStorePath;
    try {
      await writeDurably(this.ports.disk, path, formatProperties(new Map([...this.#stored(), ...changed])));
    } catch (error) {
      throw new SettingError('not-saved', `nothing was changed: ${path} cannot be written`, { cause: error });
    }
  }
}
