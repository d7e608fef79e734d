import { type SubscriptionGroupConfig, validateGroup } from '@cometmq/protocol';
import type { Clock } from '@cometmq/runtime';
import type { ConfigFile } from '../metadata/config-file.js';
import { DataVersion } from '../metadata/data-version.js';
import { type ConfigValue, prettyJson } from '../metadata/pretty-json.js';
import { BUILT_IN_GROUPS, completeGroup, isSystemGroup } from './group-config.js';

export interface GroupTableOptions {
  readonly autoCreateSubscriptionGroup: boolean;
}

/** Per group and topic a bit set of what is forbidden. */
type ForbiddenTable = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The subscription groups of this broker, as in `subscriptionGroup.json`. Changes are written at once. */
export class GroupTable {
  readonly #groups = new Map<string, SubscriptionGroupConfig>();
  readonly #version: DataVersion;
  #forbidden: ForbiddenTable = {};

  constructor(
    private readonly file: ConfigFile,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly options: GroupTableOptions,
  ) {
    this.#version = new DataVersion(clock.now());
  }

  get version(): DataVersion {
    return this.#version;
  }

  get size(): number {
    return this.#groups.size;
  }

  load(): void {
    this.file.load((content) => {
      const { dataVersion, forbiddenTable, subscriptionGroupTable } = content as Record<string, unknown>;
      const table = subscriptionGroupTable as Record<string, Partial<SubscriptionGroupConfig>> | undefined;
      const read = Object.entries(table ?? {}).map(([groupName, from]) => completeGroup({ ...from, groupName }));
      for (const config of read) this.#groups.set(config.groupName, config);
      this.#forbidden = (forbiddenTable ?? {}) as ForbiddenTable;
      this.#version.assign(dataVersion);
    });
    for (const groupName of BUILT_IN_GROUPS) {
      if (!this.#groups.has(groupName)) this.#groups.set(groupName, completeGroup({ groupName }));
    }
  }

  /** What stands in the table; nothing is made. */
  get(group: string): SubscriptionGroupConfig | undefined {
    return this.#groups.get(group);
  }

  /** The group, made with defaults where that is allowed (Apache's findSubscriptionGroupConfig). */
  find(group: string): SubscriptionGroupConfig | undefined {
    const stored = this.#groups.get(group);
    if (stored !== undefined) return stored;
    if (!this.options.autoCreateSubscriptionGroup && !isSystemGroup(group)) return undefined;
    if (validateGroup(group) !== undefined) return undefined;
    const made = completeGroup({ groupName: group });
    this.#set([made]);
    return made;
  }

  all(): Iterable<SubscriptionGroupConfig> {
    return this.#groups.values();
  }

  /** Makes or replaces groups; resolves when that is on stable storage. */
  async put(...configs: readonly SubscriptionGroupConfig[]): Promise<void> {
    this.#set(configs);
    await this.save();
  }

  async remove(group: string): Promise<boolean> {
    if (!this.#groups.delete(group)) return false;
    this.#version.next(this.clock.now());
    await this.save();
    return true;
  }

  /** Whether reading `topic` is forbidden to the group (bit 1 of the forbidden table). */
  isReadForbidden(group: string, topic: string): boolean {
    return (((this.#forbidden[group]?.[topic] ?? 0) >> 1) & 1) === 1;
  }

  /** The shape of `subscriptionGroup.json` and of SubscriptionGroupWrapper. */
  snapshot() {
    return {
      dataVersion: this.#version.fields,
      forbiddenTable: this.#forbidden,
      subscriptionGroupTable: Object.fromEntries(this.#groups),
    };
  }

  save(): Promise<void> {
    return this.file.save(() => prettyJson(this.snapshot() as unknown as ConfigValue));
  }

  #set(configs: readonly SubscriptionGroupConfig[]): void {
    for (const config of configs) this.#groups.set(config.groupName, config);
    this.#version.next(this.clock.now());
    // A group that was made in passing is saved in the background; `put` waits for the same save.
    this.save().catch(() => {});
  }
}
