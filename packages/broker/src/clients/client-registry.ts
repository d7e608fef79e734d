import type { ConsumerData, SubscriptionData } from '@cometmq/protocol';
import type { Connection } from '@cometmq/remoting';
import type { Clock } from '@cometmq/runtime';
import type { ClientChannel, ClientIdentity } from './client-channel.js';
import { ConsumerGroup, type Subscription } from './consumer-group.js';
import type { MemberNotifier } from './member-notifier.js';

/** Groups that clients of one connection may join; a heartbeat that names more is refused. */
export const MAX_GROUPS_PER_CONNECTION = 4_096;

/** A connection that wants to be in more groups than one may. */
export class TooManyGroupsError extends Error {
  override readonly name = 'TooManyGroupsError';
}

interface Memberships {
  readonly consumerGroups: Set<string>;
  readonly producerGroups: Set<string>;
}

export interface ClientRegistryOptions {
  /** A channel without a heartbeat for so long is closed, ms. */
  readonly channelExpiredTimeout: number;
}

/**
 * Who is connected: producers and consumers by group, each on its connection (broker-semantics, section 5). A client
 * leaves when it says so, when its connection closes, or when its heartbeats stay away.
 */
export class ClientRegistry {
  readonly #consumers = new Map<string, ConsumerGroup>();
  readonly #producers = new Map<string, Map<Connection, ClientChannel>>();
  readonly #memberships = new Map<Connection, Memberships>();
  /** Of the last V2 heartbeat, by group. */
  readonly #fingerprints = new Map<string, number>();

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly options: ClientRegistryOptions,
    private readonly notifier: MemberNotifier,
  ) {}

  get connectionCount(): number {
    return this.#memberships.size;
  }

  get consumerGroupCount(): number {
    return this.#consumers.size;
  }

  get producerGroupCount(): number {
    return this.#producers.size;
  }

  consumerGroup(group: string): ConsumerGroup | undefined {
    return this.#consumers.get(group);
  }

  consumerGroups(): Iterable<ConsumerGroup> {
    return this.#consumers.values();
  }

  subscription(group: string, topic: string): Subscription | undefined {
    return this.#consumers.get(group)?.subscription(topic);
  }

  producers(group: string): readonly ClientChannel[] {
    return [...(this.#producers.get(group)?.values() ?? [])];
  }

  consumerChannel(group: string, clientId: string): ClientChannel | undefined {
    for (const channel of this.#consumers.get(group)?.channels.values() ?? []) {
      if (channel.clientId === clientId) return channel;
    }
    return undefined;
  }

  registerProducer(group: string, identity: ClientIdentity, connection: Connection): void {
    const { producerGroups } = this.#join(connection);
    let members = this.#producers.get(group);
    if (members === undefined) this.#producers.set(group, (members = new Map()));
    members.set(connection, { ...identity, connection, seenAt: this.clock.monotonic() });
    producerGroups.add(group);
  }

  /** `subscriptions` undefined: only the channel is refreshed (V2 heartbeat without subscriptions). True when the group changed. */
  registerConsumer(
    data: Omit<ConsumerData, 'subscriptionDataSet'>,
    subscriptions: readonly SubscriptionData[] | undefined,
    identity: ClientIdentity,
    connection: Connection,
  ): boolean {
    const { groupName } = data;
    const group = this.#consumers.get(groupName) ?? new ConsumerGroup(groupName, data);
    // First what can be refused, so that a refused heartbeat leaves no trace.
    const subscribed = subscriptions !== undefined && group.subscribe(subscriptions);
    const { consumerGroups } = this.#join(connection);
    this.#consumers.set(groupName, group);
    consumerGroups.add(groupName);
    group.settings = {
      consumeType: data.consumeType,
      messageModel: data.messageModel,
      consumeFromWhere: data.consumeFromWhere,
    };
    const joined = group.join({ ...identity, connection, seenAt: this.clock.monotonic() });
    if (joined || subscribed) this.notifier.changed(group);
    return joined || subscribed;
  }

  /** Remembers a group's fingerprint; true when another one stood there. */
  swapFingerprint(group: string, fingerprint: number): boolean {
    const previous = this.#fingerprints.get(group);
    this.#fingerprints.set(group, fingerprint);
    return previous !== undefined && previous !== fingerprint;
  }

  unregisterProducer(group: string, connection: Connection): void {
    this.#leaveProducers(group, connection);
    this.#memberships.get(connection)?.producerGroups.delete(group);
  }

  unregisterConsumer(group: string, connection: Connection): void {
    this.#leaveConsumers(group, connection, 'notify');
    this.#memberships.get(connection)?.consumerGroups.delete(group);
  }

  /**
   * Takes out members that have not been heard of for too long; peers are not told, as in Apache's broker. Returns the
   * connections on which nobody is left: they are closed. (Apache closes them even if other groups' heartbeats come.)
   */
  expire(): Connection[] {
    const limit = this.clock.monotonic() - this.options.channelExpiredTimeout;
    const touched = new Set<Connection>();
    for (const group of this.#consumers.values()) {
      for (const connection of silentSince(group.channels, limit)) {
        this.#leaveConsumers(group.name, connection, 'silent');
        this.#memberships.get(connection)?.consumerGroups.delete(group.name);
        touched.add(connection);
      }
    }
    for (const [group, members] of this.#producers) {
      for (const connection of silentSince(members, limit)) {
        this.unregisterProducer(group, connection);
        touched.add(connection);
      }
    }
    const gone = [...touched].filter((connection) => this.#isNobodyLeft(connection));
    for (const connection of gone) connection.close();
    return gone;
  }

  #isNobodyLeft(connection: Connection): boolean {
    const memberships = this.#memberships.get(connection);
    return memberships === undefined || memberships.consumerGroups.size + memberships.producerGroups.size === 0;
  }

  #join(connection: Connection): Memberships {
    let memberships = this.#memberships.get(connection);
    if (memberships === undefined) {
      memberships = { consumerGroups: new Set(), producerGroups: new Set() };
      this.#memberships.set(connection, memberships);
      connection.onClose(() => this.#removeConnection(connection, 'notify'));
    }
    if (memberships.consumerGroups.size + memberships.producerGroups.size >= MAX_GROUPS_PER_CONNECTION) {
      throw new TooManyGroupsError(`a connection may be in ${MAX_GROUPS_PER_CONNECTION} groups`);
    }
    return memberships;
  }

  #removeConnection(connection: Connection, mode: 'notify' | 'silent'): void {
    const memberships = this.#memberships.get(connection);
    if (memberships === undefined) return;
    this.#memberships.delete(connection);
    for (const group of memberships.consumerGroups) this.#leaveConsumers(group, connection, mode);
    for (const group of memberships.producerGroups) this.#leaveProducers(group, connection);
  }

  #leaveConsumers(name: string, connection: Connection, mode: 'notify' | 'silent'): void {
    const group = this.#consumers.get(name);
    if (group === undefined || !group.leave(connection)) return;
    if (group.channels.size === 0) {
      this.#consumers.delete(name);
      this.#fingerprints.delete(name);
    } else if (mode === 'notify') {
      this.notifier.changed(group);
    }
  }

  #leaveProducers(group: string, connection: Connection): void {
    const members = this.#producers.get(group);
    if (members === undefined || !members.delete(connection)) return;
    if (members.size === 0) this.#producers.delete(group);
  }
}

function silentSince(channels: ReadonlyMap<Connection, ClientChannel>, limit: number): Connection[] {
  return [...channels.values()].filter(({ seenAt }) => seenAt < limit).map(({ connection }) => connection);
}
