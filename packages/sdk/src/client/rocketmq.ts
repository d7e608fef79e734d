import { platformPorts } from '#platform-ports';
import type { Observable } from 'rxjs';
import { PullConsumer, type PullConsumerOptions } from '../consumer/pull-consumer.js';
import type { PushConsumerOptions } from '../consumer/consumer-options.js';
import { PushConsumer } from '../consumer/push-consumer.js';
import { bindInstances, type Binding } from '../decorators/bind.js';
import type { SimpleConsumer, SimpleConsumerOptions } from '../pop/simple-consumer.js';
import type { ProducerOptions } from '../producer/producer-options.js';
import { DefaultProducer } from '../producer/default-producer.js';
import type { Producer } from '../producer/producer.js';
import type { TransactionProducer, TransactionProducerOptions } from '../producer/transaction-producer.js';
import { observeValue } from '../rx/observe.js';
import { type ClientHandle, ClientInstance } from './client-instance.js';
import type { RocketMQPorts } from './client-ports.js';
import type { ClientStatus } from './client-status.js';
import { unsupported } from './errors.js';
import type { ConsumerHealth } from './members.js';
import type { RocketMQOptions } from './options.js';

export interface ClientHealth extends ClientStatus {
  readonly consumers: readonly ConsumerHealth[];
}

/** How long closing waits for running handlers; default of consumers. */
const DEFAULT_CLOSE_TIMEOUT_MS = 30_000;

/**
 * One connection pool and route cache, shared by the producers and consumers made from it. Without `ports` it lives on those
 * of the platform, Node or a browser (`imports` in package.json); simulations hand in theirs.
 */
export class RocketMQ implements ClientHandle, AsyncDisposable {
  /** The inside, for producers, consumers and integrations. Not part of the API that stays the same. */
  readonly instance: ClientInstance;
  #closing: Promise<void> | undefined;

  /** Does no IO. Throws INVALID_ARGUMENT for options that cannot be. */
  constructor(options: RocketMQOptions, ports: RocketMQPorts = options.ports ?? platformPorts(options)) {
    this.instance = new ClientInstance(options, ports);
  }

  /** Construct and start: `await using mq = await RocketMQ.connect({ namesrv })`. */
  static async connect(options: RocketMQOptions, ports?: RocketMQPorts): Promise<RocketMQ> {
    const client = new RocketMQ(options, ports);
    try {
      await client.start();
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** This client as servers see it: `ip@instance`. */
  get clientId(): string {
    return this.instance.clientId;
  }

  /** Finds a name server that answers. Throws NO_NAMESRV when there is none; it may be called again then. Idempotent. */
  start(): Promise<void> {
    return this.instance.start();
  }

  /**
   * Consumers first (stop pulling, wait for handlers up to `timeoutMs`, default 30000, commit), then producers, then sockets.
   * Goes on after a failure and throws the first at the end. Idempotent.
   */
  close(options: { timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The present status, then each change; completes after `closed`. */
  get status$(): Observable<ClientStatus> {
    return observeValue(this.instance.status, ({ state }) => state === 'closed');
  }

  /** With `lag` the brokers are asked how far each queue is. */
  async health(options: { lag?: boolean } = {}): Promise<ClientHealth> {
    const lag = options.lag ?? false;
    const consumers = await Promise.all(this.instance.members.consumers.map((consumer) => consumer.health({ lag })));
    return { ...this.instance.status.value, consumers };
  }

  /** Opens itself with its first message. */
  producer(options?: ProducerOptions): Producer {
    return new DefaultProducer(this, options);
  }

  transactionProducer(_options: TransactionProducerOptions): TransactionProducer {
    throw unsupported('the transaction producer', '0.2');
  }

  /** Subscribe topics, then `start()` it. */
  pushConsumer(options: PushConsumerOptions): PushConsumer {
    return new PushConsumer(this, options);
  }

  simpleConsumer(_options: SimpleConsumerOptions): SimpleConsumer {
    throw unsupported('the simple consumer', '0.2');
  }

  pullConsumer(options: PullConsumerOptions): PullConsumer {
    return new PullConsumer(this, options);
  }

  /** Wire decorated objects (no DI container needed): assigns @Producer/@Send members, starts the @Consumer classes. */
  bind(...instances: object[]): Promise<Binding> {
    return bindInstances(this, instances);
  }

  async #close(timeoutMs: number): Promise<void> {
    const { members } = this.instance;
    const steps = [
      () => Promise.allSettled(members.consumers.map((consumer) => consumer.close({ timeoutMs }))),
      () => Promise.allSettled(members.producers.map((producer) => producer.close())),
      () => Promise.allSettled([this.instance.close()]),
    ];
    const failures: unknown[] = [];
    for (const step of steps)
      for (const outcome of await step()) if (outcome.status === 'rejected') failures.push(outcome.reason);
    for (const error of failures) this.instance.logger.error('a part of the client did not close in order', { error });
    if (failures.length > 0) throw failures[0];
  }
}
