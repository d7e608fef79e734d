import { retryTopic } from '@cometmq/protocol';
import { type Observable, Observable as RxObservable, Subject } from 'rxjs';
import type { ClientHandle, ClientInstance } from '../client/client-instance.js';
import { RocketMQError } from '../client/errors.js';
import type { MessageQueue } from '../message/message-queue.js';
import type { MessageView } from '../message/message-view.js';
import { type ConsumerSettings, consumerSettings, type PushConsumerOptions } from './consumer-options.js';
import type { PulledMessage } from './assigned-queue.js';
import type { Delivery } from './delivery.js';
import { ConcurrentDispatcher } from './dispatch/concurrently.js';
import type { Dispatcher } from './dispatch/dispatcher.js';
import { batchLane, type ErrorListener, type Lane, messageLane, streamLane } from './dispatch/lane.js';
import { OrderlyDispatcher } from './dispatch/orderly.js';
import { SendBack } from './dispatch/send-back.js';
import { GroupMember } from './group-member.js';
import type { BatchHandler, MessageHandler } from './handler.js';
import { BrokerOffsets } from './offsets/broker-offsets.js';
import { LocalOffsets } from './offsets/local-offsets.js';
import type { OffsetStore } from './offsets/offset-store.js';
import { deliveryIterator } from './stream.js';
import { type Subscription, Subscriptions } from './subscriptions.js';
import type { Verdict } from './verdict.js';

/** What a handler could not do. */
export interface ConsumeError {
  readonly message: MessageView;
  readonly error: unknown;
  readonly willRetry: boolean;
}

const DEFAULT_OFFSETS_DIR = '.rocketmq_offsets';

/** Consumes a group's share of its topics: messages are pulled ahead and handed to handlers or streams. */
export class PushConsumer implements AsyncDisposable {
  readonly group: string;
  /** The queues this instance owns, now and whenever they change. */
  readonly assignment$: Observable<readonly MessageQueue[]>;
  readonly errors$: Observable<ConsumeError>;
  readonly #client: ClientInstance;
  readonly #options: PushConsumerOptions;
  readonly #settings: ConsumerSettings;
  readonly #wireGroup: string;
  readonly #subscriptions = new Subscriptions<Lane>();
  readonly #assignments = new Subject<readonly MessageQueue[]>();
  readonly #errors = new Subject<ConsumeError>();
  #member: GroupMember | undefined;
  #starting: Promise<void> | undefined;
  #streams = 0;
  /** Started by a stream: ends with the last one. */
  #cold = false;
  #suspended = false;

  constructor(client: ClientHandle, options: PushConsumerOptions) {
    this.#client = client.instance;
    this.#options = options;
    this.#settings = consumerSettings(options);
    this.group = options.group;
    this.#wireGroup = this.#client.wireName(options.group);
    this.errors$ = this.#errors.asObservable();
    this.assignment$ = new RxObservable((observer) => {
      observer.next(this.#member?.assignment.value ?? []);
      return this.#assignments.subscribe(observer);
    });
  }

  /** Callback style. One handler per topic and tag set; the subscriptions of a group are merged and must be the same on every instance. */
  subscribe<T>(subscription: Subscription | string, handler: MessageHandler<T>): this {
    const size = this.#settings.batchSize;
    if (size > 1) throw new RocketMQError('INVALID_ARGUMENT', 'this consumer has batch.size above 1: take subscribeBatch');
    this.#add(subscription, messageLane(handler, this.#onError));
    return this;
  }

  /** Up to `batch.size` messages a call; with `lingerMs` an incomplete batch waits so long for more. */
  subscribeBatch<T>(subscription: Subscription | string, handler: BatchHandler<T>, options: { readonly size?: number; readonly lingerMs?: number } = {}): this {
    this.#add(subscription, batchLane(handler, options.size ?? this.#settings.batchSize, options.lingerMs ?? 0, this.#onError));
    return this;
  }

  /**
   * Stream style, cold: pulling starts on subscribe and is bounded by the unsettled deliveries (`maxInFlight`, default
   * `concurrency`). Unsubscribing gives the unsettled ones back. Errors only when the consumer cannot start.
   */
  messages<T>(subscription: Subscription | string, options: { readonly maxInFlight?: number } = {}): Observable<Delivery<T>> {
    return new RxObservable<Delivery<T>>((observer) => {
      const lane = streamLane<T>((delivery) => observer.next(delivery), options.maxInFlight ?? this.#settings.concurrency, this.#onError);
      const topic = this.#add(subscription, lane);
      this.#streams += 1;
      if (this.#member === undefined && this.#starting === undefined) this.#cold = true;
      this.start().catch((error: unknown) => observer.error(error));
      return () => void this.#endStream(topic, lane);
    });
  }

  /** The same as an async iterator: `for await (const d of consumer.deliveries('t')) { …; d.ack(); }`. */
  deliveries<T>(subscription: Subscription | string, options: { readonly maxInFlight?: number; readonly signal?: AbortSignal } = {}): AsyncIterableIterator<Delivery<T>> {
    return deliveryIterator((push) => this.messages<T>(subscription, options).subscribe(push), options.signal);
  }

  /** Joins the group. Idempotent. Throws INVALID_ARGUMENT without a subscription, NO_NAMESRV when nobody can be asked. */
  start(): Promise<void> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined;
      this.#member = undefined;
      throw error;
    });
    return this.#starting;
  }

  /** No further pulls; what has been pulled is still consumed. */
  suspend(): void {
    this.#suspended = true;
    this.#member?.suspend();
  }

  resume(): void {
    this.#suspended = false;
    this.#member?.resume();
  }

  /** Stop pulling, wait for the running handlers up to `timeoutMs` (default 30000), commit offsets, unlock the queues, leave the group. */
  async close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const member = this.#member;
    if (member === undefined) return;
    await this.#starting?.catch(() => undefined);
    await member.close(options);
    if (this.#member === member) {
      this.#member = undefined;
      this.#starting = undefined;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start(): Promise<void> {
    this.#client.requireStarted();
    if (this.#subscriptions.empty) throw new RocketMQError('INVALID_ARGUMENT', `consumer ${this.group} has no subscription: call subscribe() before start()`);
    const { clock } = this.#client;
    if (this.#settings.model === 'clustering') this.#subscriptions.addWhole(retryTopic(this.#wireGroup), clock.now());
    const member = new GroupMember({
      client: this.#client,
      group: this.#wireGroup,
      settings: this.#settings,
      codec: this.#options.codec ?? this.#client.codec,
      offsets: this.#offsets(),
      consumeType: 'CONSUME_PASSIVELY',
      subscriptions: this.#subscriptions,
      dispatcher: (of) => this.#dispatcher(of),
    });
    this.#member = member;
    member.assignment.subscribe((queues) => this.#assignments.next(queues));
    if (this.#suspended) member.suspend();
    await member.start();
  }

  #add(subscription: Subscription | string, lane: Lane): string {
    const { topic, filter } = typeof subscription === 'string' ? { topic: subscription, filter: undefined } : subscription;
    const wire = this.#client.wireName(topic);
    this.#subscriptions.add(wire, filter, lane, this.#client.clock.now());
    if (this.#member?.running === true) void this.#member.subscriptionsChanged().catch(this.#logFailure);
    return wire;
  }

  async #endStream(topic: string, lane: Lane): Promise<void> {
    this.#streams -= 1;
    this.#subscriptions.remove(topic, lane, this.#client.clock.now());
    const dispatcher = this.#member?.dispatcher;
    if (dispatcher instanceof ConcurrentDispatcher) dispatcher.closeLane(lane);
    try {
      if (this.#cold && this.#streams === 0) await this.close();
      else await this.#member?.subscriptionsChanged();
    } catch (error) {
      this.#logFailure(error);
    }
  }

  #offsets(): OffsetStore {
    if (this.#settings.model === 'clustering') return new BrokerOffsets(this.#client, this.#wireGroup);
    const { disk, clientId, options, logger } = this.#client;
    const folder = `${this.#options.offsetsDir ?? DEFAULT_OFFSETS_DIR}/${clientId}/${this.group}`;
    return new LocalOffsets(logger, disk !== undefined && options.instanceName !== undefined ? { disk, folder } : undefined);
  }

  #dispatcher(member: GroupMember): Dispatcher {
    const { concurrency, consumeTimeoutMs, suspendMs, maxReconsumeTimes, mode, model } = this.#settings;
    const common = {
      client: this.#client,
      group: this.#wireGroup,
      concurrency,
      sendBack: model === 'clustering' ? new SendBack(this.#client, this.#wireGroup, maxReconsumeTimes) : undefined,
      laneFor: (message: PulledMessage) => this.#laneFor(message),
      onSettled: () => {
        member.lastConsumedAt = this.#client.clock.now();
      },
    };
    if (mode === 'concurrent') return new ConcurrentDispatcher({ ...common, consumeTimeoutMs });
    return new OrderlyDispatcher({ ...common, suspendMs, maxReconsumeTimes, holdsLock: (assigned) => member.holdsLock(assigned) });
  }

  #laneFor(message: PulledMessage): Lane | undefined {
    // Retries find their handler by the topic they first came from; a dead letter topic that is subscribed is its own.
    const { topic } = message.queue;
    if (topic !== retryTopic(this.#wireGroup)) return this.#subscriptions.handlerFor(topic, message.tags);
    return this.#subscriptions.handlerFor(this.#client.wireName(message.originTopic), message.tags);
  }

  readonly #onError: ErrorListener = (messages, error, verdict: Verdict) => {
    if (!this.#errors.observed) return;
    for (const message of messages) this.#errors.next({ message, error, willRetry: verdict.action === 'retry' });
  };

  readonly #logFailure = (error: unknown): void => {
    this.#client.logger.warn('taking over changed subscriptions failed; the next rebalance tries again', { group: this.group, error });
  };
}
