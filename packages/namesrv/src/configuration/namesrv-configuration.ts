import type { Disk } from '@cometmq/runtime';
import { writeDurably } from '../durable-file.js';
import {
  completeSettings,
  isNamesrvKey,
  type NameServerOptions,
  type NamesrvSettings,
  parseSetting,
  readNameServerOptions,
  SettingError,
} from './namesrv-options.js';
import { formatProperties, parseProperties } from './properties-text.js';

/** Never changed by a request, whatever configBlackList says (broker-semantics, section 13). */
const ALWAYS_FORBIDDEN = ['configBlackList', 'configStorePath', 'kvConfigPath', 'rocketmqHome'];

/** The settings of a running name server. What requests change is kept in its file. */
export class NamesrvConfiguration {
  #settings: NamesrvSettings;
  /** Changes are made one behind the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    options: NameServerOptions,
    private readonly disk: Disk,
  ) {
    this.#settings = completeSettings(options);
  }

  /** Replaced, never changed, by an update. */
  get settings(): NamesrvSettings {
    return this.#settings;
  }

  /** Takes over what was changed while it ran before. Throws SettingError when the file is damaged. */
  load(): void {
    this.#settings = completeSettings({
      ...this.#settings,
      ...readNameServerOptions(Object.fromEntries(this.#stored())),
      ...this.#fixed(),
    });
  }

  /** Java properties text, sorted by key. */
  text(): string {
    const entries = Object.entries(this.#settings).map(([key, value]) => [key, String(value)] as const);
    return formatProperties(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /**
   * Takes over all of the properties in `text` or none; keys this name server does not know are passed over, as in
   * Apache's. Resolves with what has changed, when it is in the file. Rejects with SettingError.
   */
  update(text: string): Promise<Record<string, string | number | boolean>> {
    const done = this.#last.then(() => this.#update(text));
    this.#last = done.catch(() => {});
    return done;
  }

  async #update(text: string): Promise<Record<string, string | number | boolean>> {
    const wanted = [...parseProperties(text)];
    const forbidden = new Set([...ALWAYS_FORBIDDEN, ...this.#settings.configBlackList.split(';')]);
    if (wanted.some(([key]) => forbidden.has(key))) {
      throw new SettingError('forbidden', 'Can not update config in black list.');
    }
    const changed: Record<string, string | number | boolean> = {};
    for (const [key, value] of wanted) {
      if (!isNamesrvKey(key)) continue;
      const parsed = parseSetting(key, value);
      if (parsed !== this.#settings[key]) changed[key] = parsed;
    }
    if (Object.keys(changed).length > 0) await this.#save(changed);
    this.#settings = { ...this.#settings, ...changed };
    return changed;
  }

  /** What requests can never change is not taken from their file either. */
  #fixed(): Pick<NamesrvSettings, 'rocketmqHome' | 'kvConfigPath' | 'configStorePath' | 'configBlackList'> {
    const { rocketmqHome, kvConfigPath, configStorePath, configBlackList } = this.#settings;
    return { rocketmqHome, kvConfigPath, configStorePath, configBlackList };
  }

  #stored(): Map<string, string> {
    const bytes = this.disk.readFileSync(this.#settings.configStorePath);
    return bytes === undefined ? new Map() : parseProperties(new TextDecoder().decode(bytes));
  }

  /** The file may be one that people write: what else stands in it stays. */
  async #save(changed: Readonly<Record<string, string | number | boolean>>): Promise<void> {
    const path = this.#settings.configStorePath;
    const properties = this.#stored();
    for (const [key, value] of Object.entries(changed)) properties.set(key, String(value));
    try {
      await writeDurably(this.disk, path, formatProperties(properties));
    } catch (error) {
      throw new SettingError('not-saved', `nothing was changed: ${path} cannot be written`, { cause: error });
    }
  }
}
