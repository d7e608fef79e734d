import type { TopicRouteData } from '@cometmq/protocol';
import { type Clock, every, type Logger, type Random, randomInt, type Timer } from '@cometmq/runtime';
import { RocketMQError } from '../client/errors.js';
import type { MessageQueue } from '../message/message-queue.js';
import { type PublishInfo, publishInfo } from './publish-info.js';
import { type Route, toRoute } from './route.js';
import { subscribeQueues } from './subscribe-queues.js';

/** What is known about a topic. Replaced, never changed, when the name server says something else. */
export interface TopicRoute extends Route {
  readonly topic: string;
  /** `default`: the topic does not exist yet, this is where the broker would create it on the first send. */
  readonly source: 'topic' | 'default';
  readonly publish: PublishInfo;
  /** Queues a consumer reads; none while `source` is `default`. */
  readonly subscribe: readonly MessageQueue[];
}

export interface TopicRoutesPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Asks a name server; undefined: it knows no such topic. Throws RocketMQError when none answers. */
  readonly fetch: (topic: string) => Promise<TopicRouteData | undefined>;
  /** Puts the transport before a broker's address. */
  readonly dial: (address: string) => string;
}

export interface TopicRoutesOptions {
  /** How often the routes of used topics are asked for again; default 30000. */
  readonly pollRouteIntervalMs?: number | undefined;
  /** Queues per broker asked for when a topic is created on the first send; default 4. */
  readonly defaultTopicQueueNums?: number | undefined;
  /** Topics remembered; the one unused for longest is forgotten first. Default 65536. */
  readonly maxTopics?: number | undefined;
}

/** Apache's template topic for creation on the first send. */
export const AUTO_CREATE_TOPIC = 'TBW102';
export const DEFAULT_TOPIC_QUEUE_NUMS = 4;
/** A topic whose sends fail is asked for again at most this often. */
const MIN_REFRESH_MS = 1000;
const PARALLEL_REFRESHES = 16;

interface Entry {
  readonly topic: string;
  route: TopicRoute | undefined;
  /** A producer wants it: the default topic may stand in. */
  publishing: boolean;
  inFlight: Promise<TopicRoute | undefined> | undefined;
  askedAt: number;
}

export type RouteListener = (route: TopicRoute, before: TopicRoute | undefined) => void;

/**
 * The routes of all topics this client uses: asked for at first use, again every 30 s, at most one question per topic under
 * way. A question that fails leaves the old route in place: brokers stay reachable when all name servers are down.
 */
export class TopicRoutes {
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<RouteListener>();
  #poll: Timer | undefined;

  constructor(
    private readonly ports: TopicRoutesPorts,
    private readonly options: TopicRoutesOptions = {},
  ) {}

  start(): void {
    this.#poll ??= every(this.ports.clock, this.options.pollRouteIntervalMs ?? 30_000, () => this.refreshAll(), {
      onError: (error) => this.ports.logger.warn('refreshing the routes failed; the known ones stay in use', { error }),
    });
  }

  close(): void {
    this.#poll?.cancel();
    this.#poll = undefined;
    this.#entries.clear();
  }

  /** Every topic in use with its route, if it is known. */
  get topics(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /** All routes known now. */
  *routes(): IterableIterator<TopicRoute> {
    for (const entry of this.#entries.values()) if (entry.route !== undefined) yield entry.route;
  }

  /** What is known now; no question is asked. */
  get(topic: string): TopicRoute | undefined {
    return this.#entries.get(topic)?.route;
  }

  /** Calls back when a route is learned or has changed; returns how to stop. */
  onChange(listener: RouteListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * A route that can be sent to. An unknown topic gets the queues the broker would create (TBW102).
   * Throws NO_ROUTE when there is neither, NO_NAMESRV when nobody can be asked, NO_QUEUE when no queue can be written.
   */
  async forPublish(topic: string): Promise<PublishInfo> {
    const entry = this.#use(topic);
    // A question that a reader has asked may be past the point where it looks for the default topic.
    const forReader = entry.inFlight !== undefined && !entry.publishing;
    entry.publishing = true;
    let route = entry.route ?? (await this.#ask(entry));
    if (route === undefined && forReader) route = await this.#ask(entry);
    if (route === undefined) {
      throw new RocketMQError(
        'NO_ROUTE',
        `no broker has topic ${topic}: create it, or switch autoCreateTopicEnable on at the broker (and check that the broker is registered at this name server)`,
      );
    }
    if (route.publish.queues.length === 0) {
      throw new RocketMQError(
        'NO_QUEUE',
        `topic ${topic} has no queue that can be written now: its permission lacks W, or its master is away`,
      );
    }
    return route.publish;
  }

  /**
   * The route of a topic that is read; undefined when no broker has it (a retry topic before the first heartbeat).
   * Throws NO_NAMESRV when nobody can be asked and nothing is known.
   */
  async forSubscribe(topic: string): Promise<TopicRoute | undefined> {
    const entry = this.#use(topic);
    const route = entry.route?.source === 'topic' ? entry.route : await this.#ask(entry);
    return route?.source === 'topic' ? route : undefined;
  }

  /** Asks again now; a question that is under way is shared. Resolves to what is known after it. Never throws. */
  async refresh(topic: string): Promise<TopicRoute | undefined> {
    const entry = this.#use(topic);
    try {
      return await this.#ask(entry);
    } catch (error) {
      this.ports.logger.warn(`the route of ${topic} could not be refreshed; the known one stays in use`, { error });
      return entry.route;
    }
  }

  /** A send failed in a way that a newer route may mend: asks again, but not more than once a second. */
  suspect(topic: string): void {
    const entry = this.#entries.get(topic);
    if (entry === undefined || this.ports.clock.monotonic() - entry.askedAt < MIN_REFRESH_MS) return;
    void this.refresh(topic);
  }

  async refreshAll(): Promise<void> {
    const topics = [...this.#entries.keys()];
    for (let at = 0; at < topics.length; at += PARALLEL_REFRESHES) {
      await Promise.all(topics.slice(at, at + PARALLEL_REFRESHES).map((topic) => this.refresh(topic)));
    }
  }

  /** Nobody reads the topic any more: it is not asked for again. */
  forget(topic: string): void {
    if (this.#entries.get(topic)?.publishing !== true) this.#entries.delete(topic);
  }

  #use(topic: string): Entry {
    const known = this.#entries.get(topic);
    if (known !== undefined) return known;
    const entry: Entry = {
      topic,
      route: undefined,
      publishing: false,
      inFlight: undefined,
      askedAt: Number.NEGATIVE_INFINITY,
    };
    this.#entries.set(topic, entry);
    if (this.#entries.size > (this.options.maxTopics ?? 65_536)) this.#evict(topic);
    return entry;
  }

  /** Forgets the topic that was asked for first among those only producers use. */
  #evict(keep: string): void {
    for (const [topic, entry] of this.#entries) {
      if (topic === keep || !entry.publishing) continue;
      this.#entries.delete(topic);
      return;
    }
  }

  #ask(entry: Entry): Promise<TopicRoute | undefined> {
    if (entry.inFlight === undefined) {
      entry.askedAt = this.ports.clock.monotonic();
      entry.inFlight = this.#fetch(entry).finally(() => {
        entry.inFlight = undefined;
      });
    }
    return entry.inFlight;
  }

  async #fetch(entry: Entry): Promise<TopicRoute | undefined> {
    const { topic } = entry;
    let source: TopicRoute['source'] = 'topic';
    let data = await this.ports.fetch(topic);
    if (data === undefined && entry.publishing) {
      // A topic that was there keeps its queues: it may only have been missing from one name server.
      if (entry.route?.source === 'topic') return entry.route;
      source = 'default';
      data = await this.ports.fetch(AUTO_CREATE_TOPIC);
    }
    if (data !== undefined) this.#learn(entry, toRoute(data, this.ports.dial), source);
    return entry.route;
  }

  #learn(entry: Entry, route: Route, source: TopicRoute['source']): void {
    const before = entry.route;
    if (before !== undefined && before.source === source && before.fingerprint === route.fingerprint) return;
    const { topic } = entry;
    const cursor = before?.publish.cursor ?? randomInt(this.ports.random, 1 << 16);
    const maxQueues = this.options.defaultTopicQueueNums ?? DEFAULT_TOPIC_QUEUE_NUMS;
    const publish = publishInfo(topic, route, source === 'default' ? { cursor, maxQueues } : { cursor });
    const subscribe = source === 'default' ? [] : subscribeQueues(topic, route.queues);
    entry.route = { ...route, topic, source, publish, subscribe };
    for (const listener of this.#listeners) {
      try {
        listener(entry.route, before);
      } catch (error) {
        this.ports.logger.error('a listener for routes failed', { topic, error });
      }
    }
  }
}
