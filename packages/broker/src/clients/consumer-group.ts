import type { ConsumerData, SubscriptionData } from '@cometmq/protocol';
import type { Connection } from '@cometmq/remoting';
import type { MessageFilter } from '@cometmq/store';
import { isTagType, tagFilter } from '../filter/tag-filter.js';
import type { ClientChannel } from './client-channel.js';

/** How a group consumes; the last heartbeat wins. */
export type ConsumeSettings = Pick<ConsumerData, 'consumeType' | 'messageModel' | 'consumeFromWhere'>;

/** What a group wants of one topic, with the filter built once. */
export interface Subscription {
  readonly data: SubscriptionData;
  /** Undefined: every message. */
  readonly filter: MessageFilter | undefined;
}

/** The members of one consumer group and what they subscribe to. */
export class ConsumerGroup {
  readonly channels = new Map<Connection, ClientChannel>();
  readonly #subscriptions = new Map<string, Subscription>();
  settings: ConsumeSettings;

  constructor(
    readonly name: string,
    settings: ConsumeSettings,
  ) {
    this.settings = settings;
  }

  subscription(topic: string): Subscription | undefined {
    return this.#subscriptions.get(topic);
  }

  subscriptions(): Iterable<Subscription> {
    return this.#subscriptions.values();
  }

  get hasSubscriptions(): boolean {
    return this.#subscriptions.size > 0;
  }

  /** Ids of the members, each once: a client that has reconnected may still hold its old channel. */
  clientIds(): string[] {
    return [...new Set([...this.channels.values()].map(({ clientId }) => clientId))];
  }

  /** Adds or refreshes a member. True when it is new here. */
  join(channel: ClientChannel): boolean {
    const known = this.channels.get(channel.connection);
    this.channels.set(channel.connection, channel);
    return known === undefined || known.clientId !== channel.clientId;
  }

  leave(connection: Connection): boolean {
    return this.channels.delete(connection);
  }

  /**
   * Takes over what a full heartbeat lists. True when topics came or went; a newer version of a known topic's
   * subscription replaces it without counting as a change (broker-semantics, section 5).
   */
  subscribe(wanted: readonly SubscriptionData[]): boolean {
    let changed = false;
    for (const data of wanted) {
      const known = this.#subscriptions.get(data.topic);
      if (known !== undefined && data.subVersion <= known.data.subVersion) continue;
      changed ||= known === undefined;
      const filter = isTagType(data.expressionType) && !data.classFilterMode ? tagFilter(data.subString) : undefined;
      this.#subscriptions.set(data.topic, { data, filter });
    }
    const topics = new Set(wanted.map(({ topic }) => topic));
    for (const topic of this.#subscriptions.keys()) {
      if (topics.has(topic)) continue;
      this.#subscriptions.delete(topic);
      changed = true;
    }
    return changed;
  }
}
