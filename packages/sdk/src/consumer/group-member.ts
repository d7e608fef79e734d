import type { ConsumerData } from '@cometmq/protocol';
import { every, type Timer } from '@cometmq/runtime';
import type { ClientInstance } from '../client/client-instance.js';
import { RocketMQError } from '../client/errors.js';
import type { ConsumerHealth, ConsumerMember } from '../client/members.js';
import { StateCell } from '../client/state-cell.js';
import type { Codec } from '../message/codec.js';
import { type MessageQueue, queueKey } from '../message/message-queue.js';
import type { ViewContext } from '../message/message-view.js';
import { unlessStopped } from '../rx/completion.js';
import type { AssignedQueue } from './assigned-queue.js';
import { OwnedQueues } from './assignment/owned-queues.js';
import { QueueLocks } from './assignment/queue-locks.js';
import { Rebalancer } from './assignment/rebalancer.js';
import { maxOffset } from './assignment/start-offset.js';
import type { ConsumerSettings } from './consumer-options.js';
import type { Dispatcher } from './dispatch/dispatcher.js';
import { type PullContext, pullLoop } from './fetch/pull-loop.js';
import { answerServers } from './member-requests.js';
import type { OffsetStore } from './offsets/offset-store.js';
import type { Expression } from './subscriptions.js';

const SAVE_EVERY_MS = 5000;
const LOCK_POLL_MS = 100;
const REJOIN_MS = 1000;
const DEFAULT_CLOSE_TIMEOUT_MS = 30_000;

export interface GroupMemberOptions {
  readonly client: ClientInstance;
  /** As the servers know it. */
  readonly group: string;
  readonly settings: ConsumerSettings;
  readonly codec: Codec;
  readonly offsets: OffsetStore;
  /** CONSUME_PASSIVELY for push, CONSUME_ACTIVELY for pull consumers. */
  readonly consumeType: ConsumerData['consumeType'];
  /** How often progress is stored; default 5000. */
  readonly saveEveryMs?: number | undefined;
  readonly subscriptions: {
    readonly topics: readonly string[];
    expression(topic: string): Expression | undefined;
    version(topic: string): number;
    announcing(): () => void;
    touch(now: number): void;
    data(): ConsumerData['subscriptionDataSet'];
  };
  /** Queues given by hand; undefined: the group shares them. */
  manual?(): readonly MessageQueue[] | undefined;
  /** What is stored of a queue's progress; default: its commit offset. Undefined: nothing, the user stores it. */
  progress?(assigned: AssignedQueue): number | undefined;
  dispatcher(member: GroupMember): Dispatcher;
  /** The member has been closed, by its consumer or by the client. */
  closed?(): void;
}

type State = 'new' | 'starting' | 'running' | 'closed';

/**
 * One instance of a consumer group: which queues it owns, what is pulled from them, how far it has come. What is done with
 * messages is the dispatcher's.
 */
export class GroupMember implements ConsumerMember {
  readonly group: string;
  readonly dispatcher: Dispatcher;
  /** The owned queues, retry topics included. */
  readonly assignment = new StateCell<readonly MessageQueue[]>([]);
  readonly queues: OwnedQueues;
  /** For the views of messages. */
  readonly view: ViewContext;
  /** Wall clock; 0: not started. */
  startedAt = 0;
  readonly #rebalancer: Rebalancer;
  readonly #pulls: PullContext;
  readonly #closingSignal = new AbortController();
  readonly #stops: (() => void)[] = [];
  /** Addresses of brokers we have lost and announce ourselves to. */
  readonly #rejoining = new Set<string>();
  #assigned = '';
  #saving: Timer | undefined;
  #suspended: { readonly over: Promise<void>; readonly end: () => void } | undefined;
  #state: State = 'new';
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(private readonly options: GroupMemberOptions) {
    const { client, group, settings } = options;
    this.group = group;
    const locked = settings.mode === 'orderly' && settings.model === 'clustering';
    this.queues = new OwnedQueues({
      client,
      group,
      consumeFrom: settings.consumeFrom,
      window: settings.window,
      offsets: options.offsets,
      locks: locked ? new QueueLocks(client, group) : undefined,
      progress: (assigned) =>
        options.progress === undefined ? assigned.window.commitOffset : options.progress(assigned),
      pull: (assigned) => void pullLoop(assigned, this.#pulls),
      lost: () => void this.#rebalancer.trigger(),
    });
    this.#rebalancer = new Rebalancer({
      client,
      group,
      model: settings.model,
      allocate: settings.allocate,
      topics: () => options.subscriptions.topics,
      manual: () => options.manual?.(),
      retain: (topics) => this.queues.retain(topics),
      apply: (topic, queues) => this.queues.apply(topic, queues),
      announce: () => this.#announce(),
      done: () => this.#assignmentDone(),
    });
    this.view = client.viewContext(options.codec);
    this.#pulls = this.#pullContext();
    this.dispatcher = options.dispatcher(this);
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  get settings(): ConsumerSettings {
    return this.options.settings;
  }

  /**
   * Joins the group and takes its share of the queues. After a failure it may be called again. Rejects with CLOSED when it is
   * closed meanwhile.
   */
  start(): Promise<void> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  /** Topics were added or removed. Never rejects. */
  async subscriptionsChanged(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    if (!this.running) return;
    await this.#findTopics().catch(() => undefined);
    await this.#announce();
    await this.#rebalancer.trigger();
  }

  /** No pull starts until `resume`, and none under way brings anything; what was pulled is still consumed. */
  suspend(): void {
    if (this.#suspended !== undefined) return;
    let end = () => {};
    const over = new Promise<void>((resolve) => (end = resolve));
    this.#suspended = { over, end };
    for (const assigned of this.queues.all()) assigned.interrupt();
  }

  resume(): void {
    this.#suspended?.end();
    this.#suspended = undefined;
  }

  /** Goes on at another offset of an owned queue, and stores that. */
  async seek(queue: MessageQueue, offset: number): Promise<void> {
    if (!this.queues.seek(queue, offset)) return;
    const assigned = this.queues.get(queue);
    if (assigned !== undefined) await this.queues.save([assigned]);
  }

  consumerData(): ConsumerData {
    const { settings, consumeType, subscriptions } = this.options;
    return {
      groupName: this.group,
      consumeType,
      messageModel: settings.model === 'broadcasting' ? 'BROADCASTING' : 'CLUSTERING',
      consumeFromWhere: CONSUME_FROM[typeof settings.consumeFrom === 'string' ? settings.consumeFrom : 'timestamp'],
      subscriptionDataSet: subscriptions.data(),
      unitMode: false,
    };
  }

  async health({ lag }: { readonly lag: boolean }): Promise<ConsumerHealth> {
    const { client } = this.options;
    const { lastConsumedAt } = this.queues;
    return {
      group: client.userName(this.group),
      running: this.running,
      queues: this.queues.size,
      inFlight: this.dispatcher.inFlight,
      lag: lag ? await this.#lag() : -1,
      ...(lastConsumedAt > 0 && { lastConsumedAt: new Date(lastConsumedAt) }),
    };
  }

  /** Stops pulling, waits for running handlers up to `timeoutMs` (default 30000), stores offsets, gives locks back, leaves the group. */
  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS);
    return this.#closing;
  }

  async #start(): Promise<void> {
    const { client, group } = this.options;
    this.#closingSignal.signal.throwIfAborted();
    client.addConsumer(this);
    this.#state = 'starting';
    try {
      // What takes long shall not hold up a close.
      await unlessStopped(this.#findTopics(), this.#closingSignal.signal);
      await unlessStopped(this.#announce(), this.#closingSignal.signal);
    } catch (error) {
      if (this.#state === 'starting') this.#state = 'new';
      await client.removeConsumer(this);
      throw error;
    }
    this.#state = 'running';
    this.startedAt = client.clock.now();
    this.#saving = every(client.clock, this.options.saveEveryMs ?? SAVE_EVERY_MS, () => this.queues.save(), {
      onError: (error) => client.logger.warn('storing offsets failed', { group, error }),
    });
    this.#stops.push(
      answerServers(client, this),
      client.remoting.onConnection(({ address, type }) => {
        const brokers = this.#locksInDoubt(address);
        if (type === 'closed' && brokers > 0 && !this.#rejoining.has(address)) void this.#rejoin(address);
      }),
    );
    this.dispatcher.start();
    this.queues.start();
    await this.#rebalancer.start();
  }

  async #close(timeoutMs: number): Promise<void> {
    const { client } = this.options;
    const before = this.#state;
    this.#state = 'closed';
    this.#closingSignal.abort(closedError(client, this.group));
    if (before === 'starting') await this.#starting?.catch(() => undefined);
    this.#saving?.cancel();
    for (const stop of this.#stops.splice(0)) stop();
    this.suspend();
    this.#rebalancer.close();
    await this.dispatcher.drain(client.clock.monotonic() + timeoutMs);
    await this.queues.close();
    this.resume();
    this.assignment.set([]);
    if (before === 'running') await client.removeConsumer(this);
    this.options.closed?.();
  }

  async #findTopics(): Promise<void> {
    const { client, subscriptions } = this.options;
    await Promise.all(subscriptions.topics.map((topic) => client.routes.forSubscribe(topic)));
  }

  /** Tells the brokers what we subscribe; pulls may name it then. */
  async #announce(): Promise<void> {
    const heard = this.options.subscriptions.announcing();
    await this.options.client.heartbeat();
    heard();
  }

  #pullContext(): PullContext {
    const { client, group, settings, subscriptions } = this.options;
    return {
      client,
      group,
      pullBatch: settings.pullBatch,
      pullIntervalMs: settings.pullIntervalMs,
      // Not when orderly: Apache's brokers may store it after a newer offset, and order would be broken at a hand-over.
      commitsWithPull:
        settings.model === 'clustering' && settings.mode === 'concurrent' && this.options.progress === undefined,
      view: this.view,
      expression: (topic) => subscriptions.expression(topic),
      version: (topic) => subscriptions.version(topic),
      announce: () => this.#announce(),
      isReady: (assigned) => this.#suspended === undefined && this.queues.holdsLock(assigned),
      ready: (assigned) => this.#ready(assigned),
      deliver: (from, messages) => this.dispatcher.submit(from, messages),
      moved: (from, to) => this.#moved(from, to),
    };
  }

  async #ready(assigned: AssignedQueue): Promise<void> {
    while (!assigned.dropped) {
      if (this.#suspended !== undefined) await this.#suspended.over;
      else if (this.queues.holdsLock(assigned)) return;
      else
        await new Promise<void>(
          (resolve) => void this.options.client.clock.schedule(LOCK_POLL_MS, resolve, { background: true }),
        );
    }
  }

  /** The broker has no such offset any more (client-behaviour 7.3, code 21): go on where it says. */
  #moved(assigned: AssignedQueue, to: number): void {
    const { client, offsets } = this.options;
    const fields = { ...assigned.queue, group: this.group, from: assigned.nextOffset, to };
    client.logger.warn('an offset is not in its queue any more; going on where the broker says', fields);
    if (this.queues.get(assigned.queue) !== assigned) return;
    this.queues.seek(assigned.queue, to);
    // Stored although a user may store offsets alone: what is stored there leads nowhere.
    void offsets.save([{ queue: assigned.queue, offset: to }]);
  }

  /**
   * A connection has ended, or a new one stands beside one that fell silent: the broker may have started again without our
   * locks. Returns how many brokers have that address.
   */
  #locksInDoubt(address: string): number {
    const { brokers } = this.options.client;
    const names = [...brokers.all].filter(({ addresses }) => addresses.get(0) === address).map(({ name }) => name);
    // One that stands in no route for the moment has no address here: perhaps it was its connection.
    const unknown = [...this.queues.lockedBrokers].filter((name) => brokers.master(name) === undefined);
    for (const name of [...names, ...unknown]) this.queues.connectionLost(name);
    return names.length;
  }

  /** Announces us as soon as the broker is back: without a queue there nothing else would connect to it for long. */
  async #rejoin(address: string): Promise<void> {
    const { client } = this.options;
    this.#rejoining.add(address);
    const known = () => [...client.brokers.all].some(({ addresses }) => addresses.get(0) === address);
    while (this.running && known() && client.connection(address) === undefined) {
      await new Promise<void>((resolve) => void client.clock.schedule(REJOIN_MS, resolve, { background: true }));
      if (this.running) await this.#announce();
    }
    this.#rejoining.delete(address);
  }

  #assignmentDone(): void {
    const owned = this.queues.all().map(({ queue }) => queue);
    const key = owned.map(queueKey).sort().join('\n');
    if (key === this.#assigned || this.#state !== 'running') return;
    this.#assigned = key;
    const { client, subscriptions } = this.options;
    subscriptions.touch(client.clock.now());
    this.assignment.set(owned);
    void this.#announce();
  }

  /** -1 when a broker does not tell. */
  async #lag(): Promise<number> {
    const { client } = this.options;
    const behind = await Promise.all(
      this.queues.all().map(async ({ queue, window }) => {
        const end = await maxOffset(client, queue).catch(() => undefined);
        return end === undefined ? undefined : Math.max(0, end - window.commitOffset);
      }),
    );
    return behind.includes(undefined) ? -1 : behind.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  }
}

const CONSUME_FROM = {
  last: 'CONSUME_FROM_LAST_OFFSET',
  first: 'CONSUME_FROM_FIRST_OFFSET',
  timestamp: 'CONSUME_FROM_TIMESTAMP',
} as const;

const closedError = (client: ClientInstance, group: string) =>
  new RocketMQError('CLOSED', `consumer ${client.userName(group)} has been closed`);
