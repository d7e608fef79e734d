import { validateGroup, validateTopic } from '@cometmq/protocol';
import type { ClientHandle, ClientInstance } from '../client/client-instance.js';
import { RocketMQError } from '../client/errors.js';
import type { Codec } from '../message/codec.js';
import { type MessageQueue, queueKey } from '../message/message-queue.js';
import type { MessageView } from '../message/message-view.js';
import type { AssignedQueue, PulledMessage } from './assigned-queue.js';
import { maxOffset, minOffset, offsetAt } from './assignment/start-offset.js';
import { type ConsumeFrom, consumerSettings, within } from './consumer-options.js';
import { GroupMember } from './group-member.js';
import { BrokerOffsets } from './offsets/broker-offsets.js';
import { PollBuffer } from './poll-buffer.js';
import { type Subscription, Subscriptions } from './subscriptions.js';

export interface PullConsumerOptions {
  group: string;
  /** Topics whose queues are shared with the group; without them queues are given with `assign`. */
  subscriptions?: readonly (Subscription | string)[];
  /**
   * Default true, every 5 s: what earlier polls returned counts as done with the next `poll` (and with `close`), so a crash repeats
   * messages and loses none. False: only `commit` stores offsets.
   */
  autoCommit?: boolean | { intervalMs: number };
  /** Default 'last'. */
  consumeFrom?: ConsumeFrom;
  codec?: Codec;
}

export interface PollOptions {
  /** Default 32. */
  readonly max?: number;
  /** How long to wait when there is nothing; default 5000, 0 does not wait. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_SAVE_MS = 5000;

/** The offsets are yours (Apache's LitePullConsumer): poll, seek, commit. It starts by itself with the first call. */
export class PullConsumer implements AsyncDisposable {
  readonly group: string;
  readonly #client: ClientInstance;
  readonly #shares: boolean;
  readonly #commitsItself: boolean;
  readonly #subscriptions = new Subscriptions<true>();
  readonly #buffer: PollBuffer;
  readonly #member: GroupMember;
  readonly #offsets: BrokerOffsets;
  /** Progress that commits by itself: what was returned by polls before the last one. */
  readonly #done = new WeakMap<AssignedQueue, number>();
  #assigned: readonly MessageQueue[] | undefined;
  #closing: Promise<void> | undefined;

  constructor(client: ClientHandle, options: PullConsumerOptions) {
    this.#client = client.instance;
    const { clock } = this.#client;
    const { autoCommit = true, codec, consumeFrom, subscriptions = [] } = options;
    this.group = options.group;
    const problem = validateGroup(options.group);
    if (problem !== undefined) throw new RocketMQError('INVALID_ARGUMENT', `option group: ${problem}`);
    const group = this.#client.wireName(options.group);
    this.#offsets = new BrokerOffsets(this.#client, group);
    this.#buffer = new PollBuffer(() => clock.now());
    this.#shares = subscriptions.length > 0;
    this.#commitsItself = autoCommit !== false;
    for (const subscription of subscriptions) this.#subscribe(subscription);
    this.#member = new GroupMember({
      client: this.#client,
      group,
      settings: consumerSettings({ group: options.group, ...(consumeFrom !== undefined && { consumeFrom }) }),
      codec: codec ?? this.#client.codec,
      offsets: this.#offsets,
      consumeType: 'CONSUME_ACTIVELY',
      saveEveryMs:
        typeof autoCommit === 'object'
          ? within('autoCommit.intervalMs', autoCommit.intervalMs, 1, 2 ** 31 - 1)
          : DEFAULT_SAVE_MS,
      subscriptions: this.#subscriptions,
      manual: () => (this.#shares ? undefined : (this.#assigned ?? [])),
      progress: (assigned) => (this.#commitsItself ? (this.#done.get(assigned) ?? startOf(assigned)) : undefined),
      dispatcher: () => this.#buffer,
      closed: () => void this.close(),
    });
  }

  /** Every queue of a topic that can be read. Throws NO_ROUTE when no broker has the topic. */
  async queues(topic: string): Promise<MessageQueue[]> {
    this.#requireOpen();
    const route = await this.#client.routes.forSubscribe(this.#client.wireName(topic));
    if (route === undefined)
      throw new RocketMQError('NO_ROUTE', `no broker has topic ${topic}: create it or send to it first`);
    return [...route.subscribe];
  }

  /** Reads exactly these queues, whatever other members do; for consumers without `subscriptions`. */
  assign(queues: readonly MessageQueue[]): void {
    this.#requireOpen();
    if (this.#shares) {
      throw new RocketMQError(
        'INVALID_ARGUMENT',
        'this consumer subscribes topics and shares their queues with its group; assign() is for one without subscriptions',
      );
    }
    const now = this.#client.clock.now();
    for (const { topic } of queues)
      if (this.#subscriptions.expression(topic) === undefined) this.#subscriptions.add(topic, undefined, true, now);
    this.#assigned = [...queues];
    void this.#member.subscriptionsChanged();
  }

  /**
   * Waits up to `timeoutMs` for messages; empty when none came. Throws ABORTED, CLOSED, and what keeps the consumer from
   * starting.
   */
  async poll<T>(options: PollOptions = {}): Promise<MessageView<T>[]> {
    const { clock } = this.#client;
    const max = within('max', options.max ?? 32, 1, 1_000_000);
    const deadline = clock.monotonic() + (options.timeoutMs ?? 5000);
    await this.#start();
    // What was returned before counts as done now.
    for (const assigned of this.#member.queues.all()) this.#done.set(assigned, assigned.window.commitOffset);
    for (;;) {
      this.#requireOpen();
      const { signal } = options;
      if (signal?.aborted === true)
        throw new RocketMQError('ABORTED', 'the poll was aborted', { cause: signal.reason });
      const taken = this.#buffer.take(max);
      const restMs = deadline - clock.monotonic();
      if (taken.length > 0 || restMs <= 0) return taken as PulledMessage<T>[];
      await this.#arrivalWithin(restMs, signal);
    }
  }

  /**
   * Goes on at another offset; what was pulled of the queue and not polled is forgotten. Throws INVALID_ARGUMENT for a queue
   * that is not assigned to this consumer now.
   */
  async seek(queue: MessageQueue, to: number | 'begin' | 'end' | { readonly timestamp: Date }): Promise<void> {
    if (typeof to === 'number') within('offset', to, 0, Number.MAX_SAFE_INTEGER);
    await this.#start();
    this.#requireAssigned(queue);
    const offset = await this.#resolve(queue, to);
    this.#requireAssigned(queue);
    this.#member.queues.seek(queue, offset);
  }

  /** The offset of the next message a poll returns; -1 for a queue that is not assigned. */
  position(queue: MessageQueue): number {
    return this.#member.queues.get(queue)?.window.commitOffset ?? -1;
  }

  /** The stored offset; undefined when the group has none. */
  async committed(queue: MessageQueue): Promise<number | undefined> {
    // Its broker may be one this client has not had to do with yet.
    await this.#client.routes.forSubscribe(queue.topic);
    return this.#offsets.load(queue, { exact: true });
  }

  /** Stores the given offsets, or the positions of all assigned queues. Resolves when the brokers have them. */
  async commit(offsets?: ReadonlyMap<MessageQueue, number>): Promise<void> {
    this.#requireOpen();
    const given =
      offsets ?? new Map(this.#member.queues.all().map(({ queue, window }) => [queue, window.commitOffset]));
    for (const offset of given.values()) within('offset', offset, 0, Number.MAX_SAFE_INTEGER);
    await Promise.all([...given].map(([queue, offset]) => this.#offsets.commit(queue, offset)));
  }

  /** Polls return nothing of these queues until `resume`. */
  pause(queues: readonly MessageQueue[]): void {
    for (const queue of queues) this.#buffer.paused.add(queueKey(queue));
  }

  resume(queues: readonly MessageQueue[]): void {
    for (const queue of queues) this.#buffer.paused.delete(queueKey(queue));
    this.#buffer.wake();
  }

  /** Stores the positions (unless `autoCommit` is off) and leaves the group. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const assigned of this.#member.queues.all()) this.#done.set(assigned, assigned.window.commitOffset);
    await this.#member.close();
  }

  #start(): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(this.#closedError());
    if (this.#subscriptions.empty) {
      return Promise.reject(
        new RocketMQError(
          'INVALID_ARGUMENT',
          `consumer ${this.group} reads nothing: give it subscriptions or assign() queues`,
        ),
      );
    }
    return this.#member.start();
  }

  #subscribe(subscription: Subscription | string): void {
    const { topic, filter } = typeof subscription === 'string' ? { topic: subscription } : subscription;
    const problem = validateTopic(topic);
    if (problem !== undefined) throw new RocketMQError('INVALID_ARGUMENT', `subscription: ${problem}`);
    this.#subscriptions.add(this.#client.wireName(topic), filter, true, this.#client.clock.now());
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw this.#closedError();
  }

  #requireAssigned(queue: MessageQueue): void {
    if (this.#member.queues.get(queue) !== undefined) return;
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      `queue ${queue.queueId} of ${queue.topic} on ${queue.brokerName} is not assigned to this consumer now`,
    );
  }

  #closedError(): RocketMQError {
    return new RocketMQError('CLOSED', `consumer ${this.group} has been closed; make a new one`);
  }

  #resolve(queue: MessageQueue, to: number | 'begin' | 'end' | { readonly timestamp: Date }): number | Promise<number> {
    if (typeof to === 'number') return to;
    if (to === 'begin') return minOffset(this.#client, queue);
    return to === 'end' ? maxOffset(this.#client, queue) : offsetAt(this.#client, queue, to.timestamp);
  }

  #arrivalWithin(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        timer.cancel();
        forget();
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = this.#client.clock.schedule(ms, finish);
      const forget = this.#buffer.onArrival(finish);
      signal?.addEventListener('abort', finish, { once: true });
    });
  }
}

/** Before the first poll nothing has been returned. */
function startOf({ window }: AssignedQueue): number {
  return window.startOffset;
}
