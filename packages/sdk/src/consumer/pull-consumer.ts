import type { ClientHandle, ClientInstance } from '../client/client-instance.js';
import { RocketMQError } from '../client/errors.js';
import type { Codec } from '../message/codec.js';
import { type MessageQueue, queueKey } from '../message/message-queue.js';
import type { MessageView } from '../message/message-view.js';
import type { AssignedQueue, PulledMessage } from './assigned-queue.js';
import { maxOffset, minOffset, offsetAt } from './assignment/start-offset.js';
import { type ConsumeFrom, consumerSettings } from './consumer-options.js';
import type { Dispatcher } from './dispatch/dispatcher.js';
import { GroupMember } from './group-member.js';
import { BrokerOffsets } from './offsets/broker-offsets.js';
import { type Subscription, Subscriptions } from './subscriptions.js';

export interface PullConsumerOptions {
  group: string;
  /** Topics whose queues are shared with the group; without them queues are given with `assign`. */
  subscriptions?: readonly (Subscription | string)[];
  /** Default true, every 5 s. */
  autoCommit?: boolean | { intervalMs: number };
  /** Default 'last'. */
  consumeFrom?: ConsumeFrom;
  codec?: Codec;
}

/** What has been pulled and not been polled; polling settles. */
class PollBuffer implements Dispatcher {
  readonly inFlight = 0;
  readonly paused = new Set<string>();
  #messages: PulledMessage[] = [];
  #arrival: (() => void) | undefined;

  submit(_assigned: AssignedQueue, messages: PulledMessage[]): void {
    this.#messages.push(...messages);
    this.#arrival?.();
  }

  drain(): Promise<void> {
    this.#messages = [];
    this.#arrival?.();
    return Promise.resolve();
  }

  /** Takes up to `max` messages of queues that are not paused, in order per queue. */
  take(max: number): PulledMessage[] {
    const taken: PulledMessage[] = [];
    this.#messages = this.#messages.filter((message) => {
      if (message.assigned.dropped) return false;
      if (taken.length >= max || this.paused.has(queueKey(message.queue))) return true;
      taken.push(message);
      return false;
    });
    for (const message of taken) message.assigned.window.settle(message);
    return taken;
  }

  /** Resolves at the next arrival. */
  arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrival = () => {
        this.#arrival = undefined;
        resolve();
      };
    });
  }
}

/** The offsets are yours (Apache's LitePullConsumer): poll, seek, commit. It starts by itself with the first call. */
export class PullConsumer implements AsyncDisposable {
  readonly group: string;
  readonly #client: ClientInstance;
  readonly #options: PullConsumerOptions;
  readonly #subscriptions = new Subscriptions<true>();
  readonly #buffer = new PollBuffer();
  readonly #member: GroupMember;
  readonly #offsets: BrokerOffsets;
  #assigned: readonly MessageQueue[] | undefined;
  #starting: Promise<void> | undefined;
  #closed = false;

  constructor(client: ClientHandle, options: PullConsumerOptions) {
    this.#client = client.instance;
    this.#options = options;
    this.group = options.group;
    const group = this.#client.wireName(options.group);
    this.#offsets = new BrokerOffsets(this.#client, group);
    for (const subscription of options.subscriptions ?? []) {
      const { topic, filter } = typeof subscription === 'string' ? { topic: subscription, filter: undefined } : subscription;
      this.#subscriptions.add(this.#client.wireName(topic), filter, true, this.#client.clock.now());
    }
    const { autoCommit = true, consumeFrom } = options;
    this.#member = new GroupMember({
      client: this.#client,
      group,
      settings: consumerSettings({ group: options.group, ...(consumeFrom === undefined ? {} : { consumeFrom }) }),
      codec: options.codec ?? this.#client.codec,
      offsets: this.#offsets,
      consumeType: 'CONSUME_ACTIVELY',
      saveEveryMs: autoCommit === false ? 0 : typeof autoCommit === 'object' ? autoCommit.intervalMs : undefined,
      subscriptions: this.#subscriptions,
      manual: () => this.#assigned,
      dispatcher: () => this.#buffer,
    });
  }

  /** Every queue of a topic that can be read. */
  async queues(topic: string): Promise<MessageQueue[]> {
    const route = await this.#client.routes.forSubscribe(this.#client.wireName(topic));
    if (route === undefined) throw new RocketMQError('NO_ROUTE', `no broker has topic ${topic}: create it or send to it first`);
    return [...route.subscribe];
  }

  /** Reads exactly these queues, whatever other members do; for consumers without `subscriptions`. */
  assign(queues: readonly MessageQueue[]): void {
    if ((this.#options.subscriptions?.length ?? 0) > 0) throw new RocketMQError('INVALID_ARGUMENT', 'this consumer subscribes topics and shares their queues with its group; assign() is for one without subscriptions');
    const now = this.#client.clock.now();
    this.#assigned = queues;
    for (const topic of new Set(queues.map((queue) => queue.topic))) if (this.#subscriptions.expression(topic) === undefined) this.#subscriptions.add(topic, undefined, true, now);
    if (this.#starting !== undefined) void this.#starting.then(() => this.#member.subscriptionsChanged()).catch((error: unknown) => this.#client.logger.warn('assigning queues failed', { group: this.group, error }));
  }

  /** Waits up to `timeoutMs` (default 5000) for messages; empty when none came. */
  async poll<T>(options: { readonly max?: number; readonly timeoutMs?: number; readonly signal?: AbortSignal } = {}): Promise<MessageView<T>[]> {
    await this.#start();
    const { clock } = this.#client;
    const { max = 32, timeoutMs = 5000, signal } = options;
    const deadline = clock.monotonic() + timeoutMs;
    for (;;) {
      this.#requireOpen();
      if (signal?.aborted === true) throw new RocketMQError('ABORTED', 'the poll was aborted', { cause: signal.reason });
      const taken = this.#buffer.take(max);
      const restMs = deadline - clock.monotonic();
      if (taken.length > 0 || restMs <= 0) return taken as PulledMessage<T>[];
      await this.#arrivalWithin(restMs, signal);
    }
  }

  /** Goes on at another offset; what was pulled of the queue and not polled is forgotten. */
  async seek(queue: MessageQueue, to: number | 'begin' | 'end' | { readonly timestamp: Date }): Promise<void> {
    await this.#start();
    if (this.#member.queue(queue) === undefined) throw new RocketMQError('INVALID_ARGUMENT', `queue ${queue.queueId} of ${queue.topic} on ${queue.brokerName} is not assigned to this consumer now`);
    this.#member.seek(queue, await this.#resolve(queue, to));
  }

  /** The offset of the next message a poll returns; -1 for a queue that is not assigned. */
  position(queue: MessageQueue): number {
    return this.#member.queue(queue)?.window.commitOffset ?? -1;
  }

  /** The stored offset; undefined when the group has none. */
  committed(queue: MessageQueue): Promise<number | undefined> {
    return this.#offsets.load(queue);
  }

  /** Stores the given offsets, or the positions of all assigned queues. */
  async commit(offsets?: ReadonlyMap<MessageQueue, number>): Promise<void> {
    if (offsets === undefined) return this.#member.save();
    await this.#offsets.save([...offsets].map(([queue, offset]) => ({ queue, offset })));
  }

  /** Polls return nothing of these queues until `resume`. */
  pause(queues: readonly MessageQueue[]): void {
    for (const queue of queues) this.#buffer.paused.add(queueKey(queue));
  }

  resume(queues: readonly MessageQueue[]): void {
    for (const queue of queues) this.#buffer.paused.delete(queueKey(queue));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#starting?.catch(() => undefined);
    await this.#member.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #start(): Promise<void> {
    this.#requireOpen();
    if (this.#subscriptions.empty) return Promise.reject(new RocketMQError('INVALID_ARGUMENT', `consumer ${this.group} reads nothing: give it subscriptions or assign() queues`));
    this.#starting ??= this.#member.start().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  #requireOpen(): void {
    if (this.#closed) throw new RocketMQError('CLOSED', `consumer ${this.group} has been closed`);
  }

  #resolve(queue: MessageQueue, to: number | 'begin' | 'end' | { readonly timestamp: Date }): number | Promise<number> {
    if (typeof to === 'number') return to;
    if (to === 'begin') return minOffset(this.#client, queue);
    return to === 'end' ? maxOffset(this.#client, queue) : offsetAt(this.#client, queue, to.timestamp);
  }

  async #arrivalWithin(ms: number, signal: AbortSignal | undefined): Promise<void> {
    let timer: { cancel(): void } | undefined;
    let onAbort: (() => void) | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#client.clock.schedule(ms, resolve);
      onAbort = resolve;
      signal?.addEventListener('abort', onAbort, { once: true });
    });
    await Promise.race([this.#buffer.arrival(), late]);
    timer?.cancel();
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
  }
}
