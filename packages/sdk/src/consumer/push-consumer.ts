import { retryTopic, validateGroup, validateTopic } from '@cometmq/protocol';
import type { Observable } from 'rxjs';
import type { ClientHandle, ClientInstance } from '../client/client-instance.js';
import { RocketMQError } from '../client/errors.js';
import { StateCell } from '../client/state-cell.js';
import type { MessageQueue } from '../message/message-queue.js';
import type { MessageView } from '../message/message-view.js';
import { observeValue } from '../rx/observe.js';
import { streamOf } from '../rx/stream-of.js';
import type { PulledMessage } from './assigned-queue.js';
import { type ConsumerNotice, type ConsumerNoticeOf, ConsumerEvents } from './consumer-events.js';
import { type ConsumerSettings, consumerSettings, type PushConsumerOptions, within } from './consumer-options.js';
import type { Delivery } from './delivery.js';
import { ConcurrentDispatcher } from './dispatch/concurrently.js';
import type { DispatchEnvironment, LaneDispatcher } from './dispatch/dispatcher.js';
import { batchLane, type Lane, messageLane } from './dispatch/lane.js';
import { OrderlyDispatcher } from './dispatch/orderly.js';
import { SendBack } from './dispatch/send-back.js';
import { GroupMember } from './group-member.js';
import type { BatchHandler, MessageHandler } from './handler.js';
import { BrokerOffsets } from './offsets/broker-offsets.js';
import { LocalOffsets } from './offsets/local-offsets.js';
import type { OffsetStore } from './offsets/offset-store.js';
import { deliveryIterator } from './stream.js';
import { StreamSubscriptions } from './stream-subscriptions.js';
import { type Subscription, Subscriptions } from './subscriptions.js';

/** What a handler could not do. */
export interface ConsumeError {
  readonly message: MessageView;
  readonly error: unknown;
  /** False: this was the last try, or the handler rejected the message. */
  readonly willRetry: boolean;
}

const DEFAULT_OFFSETS_DIR = '.rocketmq_offsets';
const MAX_LINGER_MS = 60_000;

/** One time in the group, from a start to a close. */
interface Membership {
  readonly member: GroupMember;
  readonly started: Promise<void>;
}

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
  readonly #retryTopic: string;
  readonly #subscriptions = new Subscriptions<Lane>();
  readonly #events: ConsumerEvents;
  readonly #streams: StreamSubscriptions;
  readonly #assignment = new StateCell<readonly MessageQueue[]>([]);
  #membership: Membership | undefined;
  /** Of the membership. */
  #dispatcher: LaneDispatcher | undefined;
  /** The end of the last membership, which the next one waits for. */
  #left: Promise<void> = Promise.resolve();
  /** `cold`: only streams want it to run. */
  #state: 'cold' | 'started' | 'closed' = 'cold';
  #closing: Promise<void> | undefined;
  #suspended = false;

  constructor(client: ClientHandle, options: PushConsumerOptions) {
    this.#client = client.instance;
    this.#options = options;
    this.#settings = consumerSettings(options);
    this.group = options.group;
    const problem = validateGroup(options.group);
    if (problem !== undefined) throw new RocketMQError('INVALID_ARGUMENT', `option group: ${problem}`);
    this.#wireGroup = this.#client.wireName(options.group);
    this.#retryTopic = retryTopic(this.#wireGroup);
    this.#events = new ConsumerEvents(this.#client.logger, options.group);
    this.#streams = this.#streamSubscriptions();
    this.errors$ = streamOf<ConsumeError>((sink) =>
      this.on('error', ({ message, error, willRetry }) => sink.next({ message, error, willRetry })),
    );
    this.assignment$ = observeValue(this.#assignment);
  }

  /** Callback style. One handler per topic and tag set; the subscriptions of a group are merged and must be the same on every instance. */
  subscribe<T>(subscription: Subscription | string, handler: MessageHandler<T>): this {
    if (this.#settings.batchSize > 1)
      throw new RocketMQError('INVALID_ARGUMENT', 'this consumer has batch.size above 1: take subscribeBatch');
    this.#add(subscription, messageLane(handler));
    return this;
  }

  /** Up to `batch.size` messages a call; with `lingerMs` (default 0, at most 60000) an incomplete batch waits so long for more. */
  subscribeBatch<T>(
    subscription: Subscription | string,
    handler: BatchHandler<T>,
    options: { readonly size?: number; readonly lingerMs?: number } = {},
  ): this {
    const size = within('size', options.size ?? this.#settings.batchSize, 1, 1024);
    const lingerMs = within('lingerMs', options.lingerMs ?? 0, 0, MAX_LINGER_MS);
    this.#add(subscription, batchLane(handler, size, lingerMs));
    return this;
  }

  /**
   * Stream style, cold: pulling starts on subscribe and is bounded by the unsettled deliveries (`maxInFlight`, default
   * `concurrency`). One subscriber at a time. Unsubscribing gives the unsettled ones back. Completes when the consumer is closed;
   * errors only when it cannot start.
   */
  messages<T>(
    subscription: Subscription | string,
    options: { readonly maxInFlight?: number } = {},
  ): Observable<Delivery<T>> {
    const maxInFlight = within('maxInFlight', options.maxInFlight ?? this.#settings.concurrency, 1, 100_000);
    const { topic, filter } = this.#parse(subscription);
    return streamOf<Delivery<T>>((sink) => {
      this.#requireOpen();
      const unsubscribe = this.#streams.subscribe(topic, filter, maxInFlight, sink);
      this.#join().catch((error: unknown) => sink.error(error));
      return unsubscribe;
    });
  }

  /** The same as an async iterator: `for await (const d of consumer.deliveries('t')) { …; d.ack(); }`. Ends when the consumer is closed. */
  deliveries<T>(
    subscription: Subscription | string,
    options: { readonly maxInFlight?: number; readonly signal?: AbortSignal } = {},
  ): AsyncIterableIterator<Delivery<T>> {
    const messages = this.messages<T>(subscription, options);
    return deliveryIterator((observer) => messages.subscribe(observer), options.signal);
  }

  /** Listens to what happens to messages and queues; cannot change it. Returns how to stop. */
  on<T extends ConsumerNotice['type']>(type: T, listener: (event: ConsumerNoticeOf<T>) => void): () => void {
    return this.#events.listen((event) => {
      if (event.type === type) listener(event as ConsumerNoticeOf<T>);
    });
  }

  /**
   * Joins the group. Idempotent; after a failure it may be called again. Throws INVALID_ARGUMENT without a subscription, NO_NAMESRV
   * when nobody can be asked, CLOSED after a close.
   */
  start(): Promise<void> {
    if (this.#state === 'cold') this.#state = 'started';
    return this.#join();
  }

  /** No further pulls; what has been pulled is still consumed. */
  suspend(): void {
    this.#suspended = true;
    this.#membership?.member.suspend();
  }

  resume(): void {
    this.#suspended = false;
    this.#membership?.member.resume();
  }

  /** Stop pulling, wait for the running handlers up to `timeoutMs` (default 30000), commit offsets, unlock the queues, leave the group. */
  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(options: { readonly timeoutMs?: number }): Promise<void> {
    this.#state = 'closed';
    await this.#membership?.member.close(options);
    await this.#left;
    this.#streams.complete();
  }

  #join(): Promise<void> {
    if (this.#state === 'closed') return Promise.reject(this.#closedError());
    this.#membership ??= this.#newMembership();
    return this.#membership.started;
  }

  #newMembership(): Membership {
    if (this.#settings.model === 'clustering') this.#subscriptions.addWhole(this.#retryTopic, this.#client.clock.now());
    const member: GroupMember = new GroupMember({
      client: this.#client,
      group: this.#wireGroup,
      settings: this.#settings,
      codec: this.#options.codec ?? this.#client.codec,
      offsets: this.#offsets(),
      consumeType: 'CONSUME_PASSIVELY',
      subscriptions: this.#subscriptions,
      dispatcher: (of) => (this.#dispatcher = this.#newDispatcher(of)),
      closed: () => this.#memberClosed(membership),
    });
    member.assignment.subscribe((queues) => {
      this.#assignment.set(queues);
      this.#events.ownership(queues);
    });
    if (this.#suspended) member.suspend();
    const started = this.#start(member).catch((error: unknown) => {
      if (this.#membership === membership) this.#membership = undefined;
      throw error;
    });
    const membership: Membership = { member, started };
    return membership;
  }

  async #start(member: GroupMember): Promise<void> {
    this.#client.requireStarted();
    if (this.#subscriptions.topics.every((topic) => this.#subscriptions.count(topic) === 0)) {
      throw new RocketMQError(
        'INVALID_ARGUMENT',
        `consumer ${this.group} has no subscription: call subscribe() before start()`,
      );
    }
    await this.#left;
    await member.start();
  }

  /** The last stream of a consumer that nobody started has ended. */
  #leave(): void {
    const membership = this.#membership;
    if (membership === undefined) return;
    this.#membership = undefined;
    this.#dispatcher = undefined;
    this.#left = membership.member.close().catch((error: unknown) => {
      this.#client.logger.warn('a consumer did not leave its group in order', { group: this.group, error });
    });
  }

  /** Not by us: the client closes. */
  #memberClosed(membership: Membership): void {
    if (this.#membership !== membership || this.#state === 'closed') return;
    void this.close();
  }

  #add(subscription: Subscription | string, lane: Lane): void {
    this.#requireOpen();
    const { topic, filter } = this.#parse(subscription);
    this.#subscriptions.add(topic, filter, lane, this.#client.clock.now());
    this.#changed();
  }

  #parse(subscription: Subscription | string): Subscription {
    const { topic, filter } = typeof subscription === 'string' ? { topic: subscription } : subscription;
    const problem = validateTopic(topic);
    if (problem !== undefined) throw new RocketMQError('INVALID_ARGUMENT', `subscription: ${problem}`);
    return { topic: this.#client.wireName(topic), ...(filter !== undefined && { filter }) };
  }

  #changed(): void {
    void this.#membership?.member.subscriptionsChanged();
  }

  #streamSubscriptions(): StreamSubscriptions {
    return new StreamSubscriptions({
      client: this.#client,
      add: (topic, filter, lane) => {
        this.#subscriptions.add(topic, filter, lane, this.#client.clock.now());
        this.#changed();
      },
      remove: (topic, lane) => {
        this.#subscriptions.remove(topic, lane, this.#client.clock.now());
        this.#dispatcher?.laneClosed(lane);
        this.#changed();
      },
      count: (topic) => this.#subscriptions.count(topic),
      opened: (lane) => this.#dispatcher?.laneOpened(lane),
      shut: (lane) => this.#dispatcher?.laneShut(lane),
      ended: () => {
        if (this.#state === 'cold') this.#leave();
      },
    });
  }

  #offsets(): OffsetStore {
    if (this.#settings.model === 'clustering') return new BrokerOffsets(this.#client, this.#wireGroup);
    const { disk, clientId, options, logger } = this.#client;
    const folder = `${this.#options.offsetsDir ?? DEFAULT_OFFSETS_DIR}/${clientId}/${this.group}`;
    return new LocalOffsets(
      logger,
      disk !== undefined && options.instanceName !== undefined ? { disk, folder } : undefined,
    );
  }

  #newDispatcher(member: GroupMember): LaneDispatcher {
    const { concurrency, consumeTimeoutMs, suspendMs, maxReconsumeTimes, mode, model } = this.#settings;
    const clustering = model === 'clustering';
    const environment: DispatchEnvironment = {
      client: this.#client,
      group: this.group,
      events: this.#events,
      concurrency,
      maxReconsumeTimes,
      sendBack: clustering ? new SendBack(this.#client, this.#wireGroup, maxReconsumeTimes) : undefined,
      retries: clustering || mode === 'orderly',
      laneFor: (message) => this.#laneFor(message),
      isSubscribed: (topic) => this.#subscriptions.expression(topic) !== undefined,
    };
    if (mode === 'concurrent') return new ConcurrentDispatcher({ ...environment, consumeTimeoutMs });
    const holdsLock = member.queues.holdsLock.bind(member.queues);
    return new OrderlyDispatcher({ ...environment, suspendMs, holdsLock });
  }

  /** Retries find their handler by the topic they first came from; a dead letter topic that is subscribed is its own. */
  #laneFor(message: PulledMessage): Lane | undefined {
    const { topic } = message.queue;
    const first = topic === this.#retryTopic ? this.#client.wireName(message.originTopic) : topic;
    return this.#subscriptions.handlerFor(first, message);
  }

  #requireOpen(): void {
    if (this.#state === 'closed') throw this.#closedError();
  }

  #closedError(): RocketMQError {
    return new RocketMQError('CLOSED', `consumer ${this.group} has been closed; make a new one`);
  }
}
