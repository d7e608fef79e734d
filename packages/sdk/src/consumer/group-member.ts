import type { ConsumerData } from '@cometmq/protocol';
import { every, type Timer } from '@cometmq/runtime';
import type { ClientInstance } from '../client/client-instance.js';
import type { ConsumerHealth, ConsumerMember } from '../client/members.js';
import { StateCell } from '../client/state-cell.js';
import type { Codec } from '../message/codec.js';
import { type MessageQueue, queueKey } from '../message/message-queue.js';
import { AssignedQueue } from './assigned-queue.js';
import { QueueLocks } from './assignment/queue-locks.js';
import { LOCKED_ELSEWHERE_MS, Rebalancer } from './assignment/rebalancer.js';
import { maxOffset, startOffset } from './assignment/start-offset.js';
import type { ConsumerSettings } from './consumer-options.js';
import type { Dispatcher } from './dispatch/dispatcher.js';
import { pullLoop } from './fetch/pull-loop.js';
import type { OffsetStore } from './offsets/offset-store.js';
import type { Expression } from './subscriptions.js';

const SAVE_EVERY_MS = 5000;
const SOON_MS = 1000;
const LOCK_POLL_MS = 100;

export interface GroupMemberOptions {
  readonly client: ClientInstance;
  /** As the servers know it. */
  readonly group: string;
  readonly settings: ConsumerSettings;
  readonly codec: Codec;
  readonly offsets: OffsetStore;
  /** CONSUME_PASSIVELY for push, CONSUME_ACTIVELY for pull consumers. */
  readonly consumeType: ConsumerData['consumeType'];
  /** Progress is saved every so often; undefined: only by the user. */
  readonly saveEveryMs?: number | undefined;
  readonly subscriptions: {
    readonly topics: readonly string[];
    expression(topic: string): Expression | undefined;
    version(topic: string): number;
    touch(topic: string, now: number): void;
    data(): ConsumerData['subscriptionDataSet'];
  };
  /** Queues given by hand; undefined: the group shares them. */
  manual?(): readonly MessageQueue[] | undefined;
  dispatcher(member: GroupMember): Dispatcher;
}

/**
 * One instance of a consumer group: which queues it owns, what is pulled from them, how far it has come. What is done with
 * messages is the dispatcher's.
 */
export class GroupMember implements ConsumerMember {
  readonly group: string;
  readonly dispatcher: Dispatcher;
  /** The owned queues, retry topics included. */
  readonly assignment = new StateCell<readonly MessageQueue[]>([]);
  lastConsumedAt: number | undefined;
  readonly #queues = new Map<string, AssignedQueue>();
  /** Orderly: given up, but a handler still runs and the lock is still ours. */
  readonly #releasing = new Set<string>();
  readonly #rebalancer: Rebalancer;
  readonly #locks: QueueLocks | undefined;
  #saving: Timer | undefined;
  #suspended: Promise<void> | undefined;
  #resume: (() => void) | undefined;
  #state: 'new' | 'running' | 'closed' = 'new';
  #closing: Promise<void> | undefined;

  constructor(private readonly options: GroupMemberOptions) {
    const { client, group, settings } = options;
    this.group = group;
    const locked = settings.mode === 'orderly' && settings.model === 'clustering';
    this.#locks = locked ? new QueueLocks(client, group, () => this.#queues.values()) : undefined;
    this.#rebalancer = new Rebalancer({
      client,
      group,
      model: settings.model,
      allocate: settings.allocate,
      topics: () => options.subscriptions.topics,
      manual: () => options.manual?.(),
      owned: () => [...this.#queues.values()].map(({ queue }) => queue),
      apply: (topic, queues) => this.#apply(topic, queues),
      changed: () => this.#changed(),
    });
    this.dispatcher = options.dispatcher(this);
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  /** Joins the group and takes its share of the queues. */
  async start(): Promise<void> {
    const { client, subscriptions, group } = this.options;
    this.#state = 'running';
    client.addConsumer(this);
    try {
      for (const topic of subscriptions.topics) await client.routes.forSubscribe(topic);
      await client.heartbeat();
    } catch (error) {
      this.#state = 'closed';
      await client.removeConsumer(this);
      throw error;
    }
    const saveEveryMs = this.options.saveEveryMs ?? SAVE_EVERY_MS;
    if (saveEveryMs > 0) this.#saving = every(client.clock, saveEveryMs, () => this.save(), { onError: (error) => client.logger.warn('storing offsets failed', { group, error }) });
    this.#locks?.start();
    await this.#rebalancer.start();
  }

  /** Topics were added or removed. */
  async subscriptionsChanged(): Promise<void> {
    if (!this.running) return;
    for (const topic of this.options.subscriptions.topics) await this.options.client.routes.forSubscribe(topic);
    await this.options.client.heartbeat();
    const topics = new Set(this.options.subscriptions.topics);
    await this.#giveUp([...this.#queues.values()].filter(({ queue }) => !topics.has(queue.topic)));
    await this.#rebalancer.trigger();
  }

  queue(queue: MessageQueue): AssignedQueue | undefined {
    return this.#queues.get(queueKey(queue));
  }

  get queues(): IterableIterator<AssignedQueue> {
    return this.#queues.values();
  }

  /** No pull starts until `resume`; what was pulled is still consumed. */
  suspend(): void {
    this.#suspended ??= new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    this.#resume?.();
    this.#suspended = undefined;
    this.#resume = undefined;
  }

  holdsLock(assigned: AssignedQueue): boolean {
    return this.#locks === undefined || this.#locks.holds(assigned);
  }

  /** Stores the progress of all owned queues. */
  save(): Promise<void> {
    return this.options.offsets.save([...this.#queues.values()].map((assigned) => ({ queue: assigned.queue, offset: assigned.window.commitOffset })));
  }

  /** Goes on at another offset of an owned queue. */
  seek(queue: MessageQueue, offset: number): void {
    const assigned = this.queue(queue);
    if (assigned === undefined) return;
    assigned.drop();
    this.#take(queue, offset, assigned.lockedAt);
  }

  consumerData(): ConsumerData {
    const { settings, consumeType, subscriptions } = this.options;
    return {
      groupName: this.group,
      consumeType,
      messageModel: settings.model === 'broadcasting' ? 'BROADCASTING' : 'CLUSTERING',
      consumeFromWhere: settings.consumeFrom === 'last' ? 'CONSUME_FROM_LAST_OFFSET' : settings.consumeFrom === 'first' ? 'CONSUME_FROM_FIRST_OFFSET' : 'CONSUME_FROM_TIMESTAMP',
      subscriptionDataSet: subscriptions.data(),
      unitMode: false,
    };
  }

  async health({ lag }: { readonly lag: boolean }): Promise<ConsumerHealth> {
    const queues = [...this.#queues.values()];
    const behind = lag ? await Promise.all(queues.map(async ({ queue, window }) => Math.max(0, (await maxOffset(this.options.client, queue)) - window.commitOffset))) : [];
    return {
      group: this.options.client.userName(this.group),
      running: this.running,
      queues: queues.length,
      inFlight: this.dispatcher.inFlight,
      lag: lag ? behind.reduce((sum, each) => sum + each, 0) : -1,
      ...(this.lastConsumedAt === undefined ? {} : { lastConsumedAt: new Date(this.lastConsumedAt) }),
    };
  }

  /** Stops pulling, waits for running handlers, stores offsets, gives locks back, leaves the group. */
  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? 30_000);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    const { client, offsets } = this.options;
    const started = this.#state === 'running';
    this.#state = 'closed';
    this.#saving?.cancel();
    this.suspend();
    await this.#rebalancer.close();
    await this.dispatcher.drain(client.clock.monotonic() + timeoutMs);
    const owned = [...this.#queues.values()];
    for (const assigned of owned) assigned.drop();
    this.#queues.clear();
    this.resume();
    if (!started) return;
    await offsets.save(owned.map(({ queue, window }) => ({ queue, offset: window.commitOffset })));
    this.#locks?.close();
    await this.#locks?.unlock(owned.map(({ queue }) => queue));
    this.assignment.set([]);
    await client.removeConsumer(this);
  }

  /** Brings what is owned of one topic in line with `mine`. */
  async #apply(topic: string, mine: readonly MessageQueue[]): Promise<number | undefined> {
    const keep = new Set(mine.map(queueKey));
    await this.#giveUp([...this.#queues.values()].filter(({ queue }) => queue.topic === topic && !keep.has(queueKey(queue))));
    const wanted = mine.filter((queue) => !this.#queues.has(queueKey(queue)));
    if (wanted.length === 0) return undefined;
    const lockedAt = this.options.client.clock.monotonic();
    const given = await this.#locks?.lock(wanted);
    const free = wanted.filter((queue) => given === undefined || (given.has(queueKey(queue)) && !this.#releasing.has(queueKey(queue))));
    const taken = await Promise.all(free.map((queue) => this.#takeOver(queue, lockedAt)));
    if (taken.includes(false)) return SOON_MS;
    return free.length < wanted.length ? LOCKED_ELSEWHERE_MS : undefined;
  }

  async #takeOver(queue: MessageQueue, lockedAt: number): Promise<boolean> {
    const { client, offsets, settings } = this.options;
    try {
      const offset = await startOffset(client, offsets, queue, settings.consumeFrom);
      if (this.running) this.#take(queue, offset, lockedAt);
      return true;
    } catch (error) {
      client.logger.warn('no offset to start a queue at; it is tried again', { ...queue, group: this.group, error });
      return false;
    }
  }

  #take(queue: MessageQueue, offset: number, lockedAt: number): void {
    const { client, settings, codec, subscriptions } = this.options;
    const assigned = new AssignedQueue(queue, offset, settings.window);
    assigned.lockedAt = lockedAt;
    this.#queues.set(queueKey(queue), assigned);
    void pullLoop(assigned, {
      client,
      group: this.group,
      pullBatch: settings.pullBatch,
      pullIntervalMs: settings.pullIntervalMs,
      // Not when orderly: Apache's brokers may store it after a newer offset, and order would be broken at a hand-over.
      commitsWithPull: settings.model === 'clustering' && settings.mode === 'concurrent' && (this.options.saveEveryMs ?? 1) > 0,
      view: client.viewContext(codec),
      expression: (topic) => subscriptions.expression(topic),
      version: (topic) => subscriptions.version(topic),
      ready: (ready) => this.#ready(ready),
      deliver: (from, messages) => this.dispatcher.submit(from, messages),
      moved: (from, to) => this.#moved(from, to),
    });
  }

  /** Gives queues up in such an order that their next owners see the progress and, if orderly, no handler of ours runs any more. */
  async #giveUp(queues: readonly AssignedQueue[]): Promise<void> {
    if (queues.length === 0) return;
    const { offsets } = this.options;
    for (const assigned of queues) {
      assigned.drop();
      this.#queues.delete(queueKey(assigned.queue));
    }
    const keys = queues.map(({ queue }) => queueKey(queue));
    const release = async (): Promise<void> => {
      for (const key of keys) this.#releasing.delete(key);
      await offsets.save(queues.map(({ queue, window }) => ({ queue, offset: window.commitOffset })));
      await this.#locks?.unlock(queues.map(({ queue }) => queue));
    };
    if (this.#locks === undefined) return release();
    for (const key of keys) this.#releasing.add(key);
    // Handlers may take long; the other queues need not wait for them.
    void Promise.all(queues.map((assigned) => assigned.idle())).then(release);
  }

  async #ready(assigned: AssignedQueue): Promise<void> {
    while (!assigned.dropped && (this.#suspended !== undefined || !this.holdsLock(assigned))) {
      if (this.#suspended !== undefined) await this.#suspended;
      else await new Promise<void>((resolve) => this.options.client.clock.schedule(LOCK_POLL_MS, resolve, { background: true }));
    }
  }

  /** The broker has no such offset any more (client-behaviour 7.3, code 21): go on where it says. */
  #moved(assigned: AssignedQueue, offset: number): void {
    this.options.client.logger.warn('an offset is not in its queue any more; going on where the broker says', { ...assigned.queue, group: this.group, from: assigned.nextOffset, to: offset });
    if (this.queue(assigned.queue) !== assigned) return;
    this.seek(assigned.queue, offset);
    void this.options.offsets.save([{ queue: assigned.queue, offset }]);
  }

  #changed(): void {
    const { client, subscriptions } = this.options;
    for (const topic of subscriptions.topics) subscriptions.touch(topic, client.clock.now());
    this.assignment.set([...this.#queues.values()].map(({ queue }) => queue));
    void client.heartbeat();
  }
}
