import { notifyConsumerIdsChanged, ResponseCode } from '@cometmq/protocol';
import type { Timer } from '@cometmq/runtime';
import type { ClientInstance } from '../../client/client-instance.js';
import { type MessageQueue, queueKey } from '../../message/message-queue.js';
import { allocateStrategy, type AllocateName, type AllocateStrategy, sortQueues } from './allocate.js';
import { groupMembers } from './member-list.js';

const EVERY_MS = 20_000;
/** After a round that could not do everything it should. */
const SOON_MS = 1000;
/** A queue that was locked by its last owner until a moment ago (client-behaviour 6.6). */
export const LOCKED_ELSEWHERE_MS = 500;

export interface RebalanceOptions {
  readonly client: ClientInstance;
  readonly group: string;
  readonly model: 'clustering' | 'broadcasting';
  readonly allocate: AllocateName | AllocateStrategy;
  topics(): readonly string[];
  /** Queues given by hand instead of shared with the group. */
  manual(): readonly MessageQueue[] | undefined;
  owned(): Iterable<MessageQueue>;
  /** Takes over what is new of the topic and gives up the rest; the pause until the next round when not all of it could be done. */
  apply(topic: string, queues: readonly MessageQueue[]): Promise<number | undefined>;
  /** After a round that changed something. */
  changed(): void;
}

/**
 * Keeps what this instance owns in line with the group: every 20 s, at once when the broker says that members changed, a
 * second later when something could not be done. Rounds never overlap.
 */
export class Rebalancer {
  readonly #strategy: AllocateStrategy;
  readonly #stops: (() => void)[] = [];
  readonly #missing = new Set<string>();
  #timer: Timer | undefined;
  #round: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(private readonly options: RebalanceOptions) {
    this.#strategy = allocateStrategy(options.allocate, options.client.codecs);
  }

  /** The first round; resolves when it is done. */
  start(): Promise<void> {
    const { client, group } = this.options;
    this.#stops.push(
      client.serverRequests.on(notifyConsumerIdsChanged, (request) => {
        if (request.header.consumerGroup !== group) return undefined;
        this.trigger();
        return { code: ResponseCode.SUCCESS };
      }),
      client.routes.onChange((route, before) => {
        if (before !== undefined && this.options.topics().includes(route.topic)) this.trigger();
      }),
    );
    return this.trigger();
  }

  /** A round now, or right after the one under way. Never rejects. */
  trigger(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#round !== undefined) {
      this.#again = true;
      return this.#round;
    }
    this.#timer?.cancel();
    this.#round = this.#rounds().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  /** Resolves when no round is under way; none follows. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    for (const stop of this.#stops) stop();
    await this.#round;
  }

  async #rounds(): Promise<void> {
    let pauseMs = EVERY_MS;
    do {
      this.#again = false;
      pauseMs = await this.#one();
    } while (this.#again && !this.#closed);
    if (!this.#closed) this.#timer = this.options.client.clock.schedule(pauseMs, () => void this.trigger(), { background: true });
  }

  async #one(): Promise<number> {
    let pauseMs = EVERY_MS;
    const before = this.#ownedKey();
    for (const topic of this.options.topics()) {
      if (this.#closed) break;
      try {
        const queues = await this.#share(topic);
        const wait = queues === undefined ? SOON_MS : await this.options.apply(topic, queues);
        if (wait !== undefined) pauseMs = Math.min(pauseMs, wait);
      } catch (error) {
        this.options.client.logger.warn('assigning the queues of a topic failed; it is tried again', { topic, group: this.options.group, error });
        pauseMs = Math.min(pauseMs, SOON_MS);
      }
    }
    if (this.#ownedKey() !== before) this.options.changed();
    return pauseMs;
  }

  /** The queues of the topic that are ours; undefined: nobody can tell now, everything stays as it is. */
  async #share(topic: string): Promise<readonly MessageQueue[] | undefined> {
    const { client, group, model } = this.options;
    const manual = this.options.manual();
    if (manual !== undefined) return manual.filter((queue) => queue.topic === topic);
    const route = await client.routes.forSubscribe(topic);
    if (route === undefined) return this.#unknown(topic);
    this.#missing.delete(topic);
    if (route.subscribe.length === 0) return [];
    if (model === 'broadcasting') return route.subscribe;
    const members = await groupMembers(client, route, group);
    if (members === undefined) return undefined;
    return this.#strategy(group, client.clientId, sortQueues(route.subscribe), members);
  }

  /** A topic nobody has created yet: looked for every second, so that its first messages need not wait for the next route refresh. */
  #unknown(topic: string): undefined {
    if (!this.#missing.has(topic)) this.options.client.logger.info('a subscribed topic does not exist yet; it is waited for', { topic, group: this.options.group });
    this.#missing.add(topic);
    return undefined;
  }

  #ownedKey(): string {
    return [...this.options.owned()].map(queueKey).sort().join('\n');
  }
}
