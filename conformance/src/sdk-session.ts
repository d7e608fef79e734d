import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ConsumeResult,
  type HandlerContext,
  type MessageView,
  type OutgoingMessage,
  type Producer,
  type PushConsumer,
  type PushConsumerOptions,
  RocketMQ,
  RocketMQError,
  type RocketMQOptions,
  type SendOptions,
  type SendResult,
  type Subscription,
} from '@cometmq/sdk';
import type { Facts } from './facts.js';

export type SdkScenario = (session: Session, facts: Facts) => Promise<void>;

/** How long a scenario waits for what must come. */
const patienceMs = 40_000;
/** How much longer it looks for what must not come. */
const afterwardsMs = 300;

/** The clients and names of one scenario. */
export class Session {
  /** Of the name server, with `tcp://` or `ws://`. */
  readonly namesrv: string;
  readonly #prefix: string;
  readonly #defaults: Partial<RocketMQOptions>;
  readonly #open: RocketMQ[] = [];
  #shared: Promise<RocketMQ> | undefined;

  constructor(namesrv: string, prefix: string, defaults: Partial<RocketMQOptions> = {}) {
    this.namesrv = namesrv;
    this.#defaults = defaults;
    this.#prefix = prefix;
  }

  /** A name that no other scenario and no other run uses. */
  name(suffix: string): string {
    return `${this.#prefix}-${suffix}`;
  }

  /** The client that a scenario uses when it does not ask for another. */
  client(): Promise<RocketMQ> {
    this.#shared ??= this.another();
    return this.#shared;
  }

  async another(options: Partial<RocketMQOptions> = {}): Promise<RocketMQ> {
    const client = await RocketMQ.connect({ namesrv: this.namesrv, logger, ...this.#defaults, ...options });
    this.#open.push(client);
    return client;
  }

  async producer(): Promise<Producer> {
    return (await this.client()).producer({ group: this.name('producer'), sendTimeoutMs: 10_000 });
  }

  /** Sends the bodies m<from>, …, one after the other. */
  async send(
    from: number,
    count: number,
    options: SendOptions = {},
    topic = this.name('t'),
  ): Promise<readonly SendResult[]> {
    const producer = await this.producer();
    const results: SendResult[] = [];
    for (let i = from; i < from + count; i++) {
      results.push(await producer.send(topic, `m${i}`, options));
    }
    return results;
  }

  /** A started consumer that reads from the beginning and hands everything to the collector. */
  async consume(collector: Collector, options: ConsumeOptions = {}): Promise<PushConsumer> {
    const { client, topic = this.name('t'), filter, ...rest } = options;
    const consumer = (client ?? (await this.client())).pushConsumer({
      group: this.name('g'),
      consumeFrom: 'first',
      ...rest,
    });
    const subscription: Subscription = { topic, ...(filter !== undefined && { filter }) };
    consumer.subscribe(subscription, (message, context) => collector.take(message, context));
    await consumer.start();
    return consumer;
  }

  /** What has been sent to the dead letters of the session's group. */
  async deadLetters(count: number, group = this.name('g')): Promise<Collector> {
    const dead = new Collector();
    const topic = `%DLQ%${group}`;
    // A client of its own: it must not share the routes of the one that filled the topic.
    await this.consume(dead, { topic, group: this.name('dead'), client: await this.another() });
    return dead.await(count);
  }

  async close(): Promise<void> {
    for (const client of this.#open.toReversed()) {
      await client
        .close({ timeoutMs: 2000 })
        .catch((error: unknown) => process.stderr.write(`closing: ${String(error)}\n`));
    }
  }
}

export type ConsumeOptions = Partial<PushConsumerOptions> & {
  readonly client?: RocketMQ;
  readonly topic?: string;
  readonly filter?: NonNullable<Subscription['filter']>;
};

type Answer = (message: MessageView<unknown>, context: HandlerContext) => ConsumeResult | Promise<ConsumeResult>;

/** Keeps what consumers got, in the order of the calls; answers what its scenario says. */
export class Collector {
  readonly messages: MessageView<unknown>[] = [];
  readonly #answer: Answer;

  constructor(answer: Answer = () => undefined) {
    this.#answer = answer;
  }

  take(message: MessageView<unknown>, context: HandlerContext): ConsumeResult | Promise<ConsumeResult> {
    this.messages.push(message);
    return this.#answer(message, context);
  }

  /** Texts as they are, everything else as JSON. */
  get bodies(): string[] {
    return this.messages.map(textOf);
  }

  get distinct(): number {
    return new Set(this.bodies).size;
  }

  get duplicates(): number {
    return this.messages.length - this.distinct;
  }

  /** Waits for that many different bodies, then a little longer for what should not come. */
  async await(count: number): Promise<this> {
    await until(() => this.distinct >= count);
    await sleep(afterwardsMs);
    return this;
  }
}

export function textOf(message: MessageView<unknown>): string {
  return typeof message.body === 'string' ? message.body : JSON.stringify(message.body);
}

export const sorted = (texts: Iterable<string | number | undefined>): string =>
  [...new Set([...texts].map(String))].toSorted().join();

/** Which of the bodies m0, m1, … there are: `0-19,21`. */
export function numbers(texts: Iterable<string>): string {
  const values = [...new Set(texts)].map((text) => Number(text.slice(1))).toSorted((a, b) => a - b);
  const starts = values.filter((value, i) => value !== values[i - 1]! + 1);
  const ends = values.filter((value, i) => value + 1 !== values[i + 1]);
  return starts.map((start, i) => (start === ends[i] ? `${start}` : `${start}-${ends[i]}`)).join();
}

/** m<from>, …, as `numbers` gives them. */
export const bodies = (from: number, count: number): string =>
  count === 1 ? `${from}` : `${from}-${from + count - 1}`;

/** `queue 0`, whatever its broker is called. */
export const firstQueue: SendOptions = { queue: (queues) => queues[0]! };

/** Bytes that cannot be compressed: a linear congruential generator. */
export function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0, x = 1; i < length; i++) {
    x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}

/** What became of a call that may be refused: `code responseCode`, or what it resolved to. */
export async function outcome(call: Promise<unknown> | (() => Promise<unknown>)): Promise<string> {
  try {
    const value = await (typeof call === 'function' ? call() : call);
    return typeof value === 'string' ? value : 'ok';
  } catch (error) {
    if (!(error instanceof RocketMQError)) {
      return String(error);
    }
    return error.responseCode === undefined ? error.code : `${error.code} ${error.responseCode}`;
  }
}

/** True as soon as the condition holds, false when it does not in time. */
export async function until(condition: () => boolean, ms = patienceMs): Promise<boolean> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) {
      return false;
    }
    await sleep(10);
  }
  return true;
}

export function many<T>(topic: string, values: readonly T[]): OutgoingMessage<T>[] {
  return values.map((body) => ({ topic, body }));
}

const say = (level: string) => (fields: object | string, message?: string) => {
  process.stderr.write(`${level} ${message ?? ''} ${typeof fields === 'string' ? fields : inspect(fields)}\n`);
};

const inspect = (fields: object): string =>
  JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? String(value) : value));

const logger = { debug: () => undefined, info: () => undefined, warn: say('warn'), error: say('error') };
