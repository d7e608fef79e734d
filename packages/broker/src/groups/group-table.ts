import {
  type DataVersion,
  isSystemGroup,
  nextDataVersion,
  Perm,
  type SubscriptionGroupConfig,
  type SubscriptionGroupWrapper,
  validateGroup,
} from '@cometmq/protocol';
import type { Clock } from '@cometmq/runtime';
import type { ConfigFile } from '../metadata/config-file.js';
import { BUILT_IN_GROUPS, plainGroup } from './group-config.js';

export interface GroupTableOptions {
  readonly autoCreateSubscriptionGroup: boolean;
}

type ForbiddenTable = NonNullable<SubscriptionGroupWrapper['forbiddenTable']>;

/** The bit that forbids reading: as in a topic's `perm`. */
const READ_FORBIDDEN = Perm.READ;

/** The subscription groups of this broker, as in `subscriptionGroup.json`. Changes are written at once. */
export class GroupTable {
  readonly #groups = new Map<string, SubscriptionGroupConfig>();
  #version: DataVersion;
  #forbidden: ForbiddenTable = new Map();

  constructor(
    private readonly file: ConfigFile<SubscriptionGroupWrapper>,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly configuration: { readonly settings: GroupTableOptions },
  ) {
    this.#version = { counter: 0, stateVersion: 0, timestamp: clock.now() };
  }

  get version(): DataVersion {
    return this.#version;
  }

  get size(): number {
    return this.#groups.size;
  }

  load(): void {
    const loaded = this.file.load();
    for (const [groupName, config] of loaded?.subscriptionGroupTable ?? [])
      this.#groups.set(groupName, { ...config, groupName });
    if (loaded !== undefined) {
      this.#version = loaded.dataVersion;
      this.#forbidden = loaded.forbiddenTable ?? new Map();
    }
    for (const groupName of BUILT_IN_GROUPS) {
      if (!this.#groups.has(groupName)) this.#groups.set(groupName, plainGroup(groupName));
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
    if (!this.configuration.settings.autoCreateSubscriptionGroup && !isSystemGroup(group)) return undefined;
    if (validateGroup(group) !== undefined) return undefined;
    const made = plainGroup(group);
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
    this.#version = nextDataVersion(this.#version, this.clock.now());
    await this.save();
    return true;
  }

  /** Whether reading `topic` is forbidden to the group. */
  isReadForbidden(group: string, topic: string): boolean {
    if (this.#forbidden.size === 0) return false;
    return ((this.#forbidden.get(group)?.get(topic) ?? 0) & READ_FORBIDDEN) !== 0;
  }

  /** The content of `subscriptionGroup.json`. */
  snapshot(): SubscriptionGroupWrapper {
    return {
      dataVersion: this.#version,
      forbiddenTable: this.#forbidden,
      subscriptionGroupTable: new Map(this.#groups),
    };
  }

  save(): Promise<void> {
    return this.file.save(() => this.snapshot());
  }

  #set(configs: readonly SubscriptionGroupConfig[]): void {
    for (const config of configs) this.#groups.set(config.groupName, config);
    this.#version = nextDataVersion(this.#version, this.clock.now());
    // A group that was made in passing is saved in the background; `put` waits for the same save.
    this.save().catch(() => {});
  }
}
