import { notifyConsumerIdsChanged, ResponseCode } from '@cometmq/protocol';
import type { Timer } from '@cometmq/runtime';
import type { ClientInstance } from '../../client/client-instance.js';
import { type MessageQueue, queueKey } from '../../message/message-queue.js';
import type { TopicRoute } from '../../routing/topic-routes.js';
import { type AllocateName, allocateStrategy, type AllocateStrategy, sortQueues } from './allocate.js';
import { MemberLists } from './member-list.js';

const EVERY_MS = 20_000;
/** After a look that could not do everything it should, and while a topic does not exist. */
const SOON_MS = 1000;
const PARALLEL_TOPICS = 16;

export interface RebalanceOptions {
  readonly client: ClientInstance;
  readonly group: string;
  readonly model: 'clustering' | 'broadcasting';
  readonly allocate: AllocateName | AllocateStrategy;
  topics(): readonly string[];
  /** Queues given by hand instead of shared with the group. */
  manual(): readonly MessageQueue[] | undefined;
  /** Gives up the queues of all other topics. */
  retain(topics: ReadonlySet<string>): void;
  /** Takes over what is new of the topic and gives up the rest; the pause until the next look when not all of it could be done. */
  apply(topic: string, queues: readonly MessageQueue[]): Promise<number | undefined>;
  /** Tells the brokers that we are here. */
  announce(): Promise<void>;
  /** At the end of each round. */
  done(): void;
}

/**
 * Keeps what this instance owns in line with the group: it looks at each topic every 20 s, at once when the broker says that
 * members changed, a second later when something could not be done. Rounds never overlap.
 */
export class Rebalancer {
  readonly #strategy: AllocateStrategy;
  readonly #stops: (() => void)[] = [];
  /** Monotonic moment of the next look at a topic; one that is not there is due. */
  readonly #due = new Map<string, number>();
  /** Topics nobody has created yet. */
  readonly #missing = new Set<string>();
  #timer: Timer | undefined;
  #round: Promise<void> | undefined;
  #again = false;
  #state: 'new' | 'running' | 'closed' = 'new';

  constructor(private readonly options: RebalanceOptions) {
    this.#strategy = allocateStrategy(options.allocate, options.client.codecs);
  }

  /** The first round; resolves when it is done. */
  start(): Promise<void> {
    const { client, group } = this.options;
    if (this.#state !== 'new') return Promise.resolve();
    this.#state = 'running';
    this.#stops.push(
      client.serverRequests.on(notifyConsumerIdsChanged, (request) => {
        if (request.header.consumerGroup !== group) return undefined;
        void this.trigger();
        return { code: ResponseCode.SUCCESS };
      }),
      client.routes.onChange((route, before) => {
        if (before !== undefined && this.options.topics().includes(route.topic)) void this.trigger();
      }),
    );
    return this.trigger();
  }

  /** Looks at every topic now, or right after the round under way. Resolves when that is done. Never rejects. */
  trigger(): Promise<void> {
    this.#due.clear();
    return this.#run();
  }

  /** No round follows. One under way may still wait for an answer; it applies nothing any more. */
  close(): void {
    this.#state = 'closed';
    this.#timer?.cancel();
    for (const stop of this.#stops.splice(0)) stop();
  }

  #run(): Promise<void> {
    if (this.#state !== 'running') return Promise.resolve();
    this.#again = true;
    this.#round ??= this.#rounds().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  async #rounds(): Promise<void> {
    this.#timer?.cancel();
    while (this.#again && this.#state === 'running') {
      this.#again = false;
      try {
        await this.#one();
      } catch (error) {
        this.options.client.logger.error('a rebalance failed', { group: this.options.group, error });
      }
    }
    if (this.#state !== 'running') return;
    const { clock } = this.options.client;
    const nextMs = Math.min(EVERY_MS, ...[...this.#due.values()].map((due) => due - clock.monotonic()));
    this.#timer = clock.schedule(Math.max(nextMs, 1), () => void this.#run(), { background: true });
  }

  async #one(): Promise<void> {
    const { clock } = this.options.client;
    const topics = this.options.topics();
    const subscribed = new Set(topics);
    for (const known of [this.#due, this.#missing])
      for (const topic of known.keys()) if (!subscribed.has(topic)) known.delete(topic);
    this.options.retain(subscribed);
    const now = clock.monotonic();
    const due = topics.filter((topic) => (this.#due.get(topic) ?? 0) <= now);
    const { client, group } = this.options;
    const members = new MemberLists(client, group);
    // Marked before it is looked at: a trigger meanwhile takes the mark away.
    for (const topic of due) this.#due.set(topic, Infinity);
    for (let at = 0; at < due.length && this.#state === 'running'; at += PARALLEL_TOPICS) {
      await Promise.all(
        due.slice(at, at + PARALLEL_TOPICS).map(async (topic) => {
          const pauseMs = await this.#look(topic, members);
          if (this.#due.has(topic)) this.#due.set(topic, clock.monotonic() + pauseMs);
        }),
      );
    }
    if (this.#state === 'running') this.options.done();
  }

  /** Returns the pause until the next look. */
  async #look(topic: string, members: MemberLists): Promise<number> {
    const { client, group } = this.options;
    try {
      const share = await this.#share(topic, members);
      if (share === undefined || this.#state !== 'running') return SOON_MS;
      const pauseMs = (await this.options.apply(topic, share.queues)) ?? EVERY_MS;
      return share.known ? pauseMs : Math.min(pauseMs, SOON_MS);
    } catch (error) {
      if (this.#state === 'running')
        client.logger.warn('assigning the queues of a topic failed; it is tried again', { topic, group, error });
      return SOON_MS;
    }
  }

  /**
   * The queues of the topic that are ours; undefined: nobody can tell now, everything stays as it is. `known` is false while
   * the broker does not count us among the members.
   */
  async #share(
    topic: string,
    members: MemberLists,
  ): Promise<{ readonly queues: readonly MessageQueue[]; readonly known: boolean } | undefined> {
    const { client, group, model } = this.options;
    const manual = this.options.manual();
    if (manual !== undefined) return { queues: manual.filter((queue) => queue.topic === topic), known: true };
    const route = await client.routes.forSubscribe(topic);
    if (route === undefined) return this.#unknown(topic);
    this.#missing.delete(topic);
    if (route.subscribe.length === 0 || model === 'broadcasting') return { queues: route.subscribe, known: true };
    let ids = await members.of(route);
    if (ids?.includes(client.clientId) !== true) {
      // A broker that is new to us, or has forgotten us.
      await this.options.announce();
      ids = await new MemberLists(client, group).of(route);
    }
    if (ids === undefined) return undefined;
    return { queues: this.#allocate(topic, route, ids), known: ids.includes(client.clientId) };
  }

  /** What a user's own strategy returns beside the topic's queues is passed over. */
  #allocate(topic: string, route: TopicRoute, ids: readonly string[]): MessageQueue[] {
    const { client, group } = this.options;
    const all = sortQueues(route.subscribe);
    const mine = new Set(this.#strategy(group, client.clientId, all, ids).map(queueKey));
    const queues = all.filter((queue) => mine.has(queueKey(queue)));
    if (queues.length < mine.size)
      client.logger.warn('the allocate strategy returned queues that are not of the topic', { topic, group });
    return queues;
  }

  /** A topic nobody has created yet: looked for every second, so that its first messages need not wait for the next route refresh. */
  #unknown(topic: string): undefined {
    if (!this.#missing.has(topic)) {
      const { client, group } = this.options;
      client.logger.info('a subscribed topic does not exist yet; it is waited for', { topic, group });
    }
    this.#missing.add(topic);
    return undefined;
  }
}
