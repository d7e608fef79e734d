import {
  type BindTarget,
  Producer,
  type ProducerOptions,
  type PullConsumer,
  type PullConsumerOptions,
  type PushConsumer,
  type PushConsumerOptions,
  RocketMQ,
  type SimpleConsumer,
  type SimpleConsumerOptions,
  type TransactionProducer,
  type TransactionProducerOptions,
} from '@cometmq/sdk';
import { clientOptions, DEFAULT_SHUTDOWN_TIMEOUT_MS, type RocketMQModuleOptions } from '../module/module-options.js';
import { nestLogger } from './nest-logger.js';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** One named client with the options of its `forRoot`, from the application's start to its end. */
export class ClientHost implements BindTarget {
  readonly client: RocketMQ;
  #default: Producer | undefined;
  #connected: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** Ends a pause between two tries to connect. */
  #wake: (() => void) | undefined;

  /** Does no IO. Throws INVALID_ARGUMENT for options that cannot be. */
  constructor(
    readonly name: string,
    readonly options: RocketMQModuleOptions,
  ) {
    this.client = new RocketMQ({ logger: nestLogger(name), ...clientOptions(options) });
  }

  get instance(): RocketMQ['instance'] {
    return this.client.instance;
  }

  get shutdownTimeoutMs(): number {
    return this.options.shutdownTimeoutMs ?? DEFAULT_SHUTDOWN_TIMEOUT_MS;
  }

  /** The producer of those who ask for none in particular. */
  get defaultProducer(): Producer {
    return (this.#default ??= this.producer());
  }

  producer(options: ProducerOptions = {}): Producer {
    return new Producer(this.client, { ...this.options.producerDefaults, ...options });
  }

  transactionProducer(options: TransactionProducerOptions): TransactionProducer {
    return this.client.transactionProducer({ ...this.options.producerDefaults, ...options });
  }

  pushConsumer(options: PushConsumerOptions): PushConsumer {
    return this.client.pushConsumer(options);
  }

  pullConsumer(options: PullConsumerOptions): PullConsumer {
    return this.client.pullConsumer(options);
  }

  simpleConsumer(options: SimpleConsumerOptions): SimpleConsumer {
    return this.client.simpleConsumer(options);
  }

  /** A group's options: defaults of the client, then the decorator, then the configuration; undefined: not in this process. */
  consumerOptions(said: PushConsumerOptions): PushConsumerOptions | undefined {
    if (this.options.registerConsumers === false) return undefined;
    const { enabled = true, ...override } = this.options.consumers?.[said.group] ?? {};
    return enabled ? { ...this.options.consumerDefaults, ...said, ...override } : undefined;
  }

  /** Resolves when a name server has answered; without `waitForConnection` at once. Throws NO_NAMESRV when none does. */
  async start(): Promise<void> {
    if (this.options.waitForConnection === false) {
      this.#connected ??= this.#connectSometime();
      return;
    }
    await (this.#connected ??= this.client.start());
  }

  /** True when there is a client to start consumers with, false when it was closed before. */
  async connected(): Promise<boolean> {
    await this.#connected;
    return this.#closing === undefined;
  }

  /** Consumers, producers, sockets. Never throws: what failed is logged. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#wake?.();
    // The client has logged what did not close in order.
    await this.client.close({ timeoutMs: this.shutdownTimeoutMs }).catch(() => undefined);
  }

  async #connectSometime(): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; this.#closing === undefined; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        await this.client.start();
        return;
      } catch (error) {
        if (this.#closing !== undefined) return;
        this.instance.logger.warn('cannot connect yet, trying again', { error, pauseMs });
        await this.#pause(pauseMs);
      }
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.instance.clock.schedule(delayMs, resolve, { background: true });
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
