import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTopic, seedBody } from './topic-seed.js';

/** The part of `ali-ons` that is used here; the package has no type declarations. */
export interface OnsMessage {
  topic: string;
  tags: string | null | undefined;
  body: Buffer;
  msgId: string;
  keys: string[] | string | undefined;
  properties: Record<string, string>;
  reconsumeTimes: number;
  queueId: number;
  queueOffset: number;
  storeTimestamp: number;
  delayTimeLevel: number;
  shardingKey: string | undefined;
}

export interface OnsSendResult {
  readonly sendStatus: string;
  readonly msgId: string;
  readonly messageQueue: { readonly queueId: number };
}

export interface OnsProducer extends EventEmitter {
  ready(): Promise<void>;
  send(message: OnsMessage): Promise<OnsSendResult>;
  close(): Promise<void>;
}

export interface OnsConsumer extends EventEmitter {
  readonly processQueueTable: ReadonlyMap<string, { readonly messageQueue: { readonly topic: string } }>;
  ready(): Promise<void>;
  subscribe(topic: string, tags: string, handler: (message: OnsMessage) => Promise<unknown>): void;
  close(): Promise<void>;
}

interface AliOns {
  readonly Producer: new (options: object) => OnsProducer;
  readonly Consumer: (new (options: object) => OnsConsumer) & { readonly ACTION_RETRY: symbol };
  readonly Message: new (topic: string, tags: string | null, body: string | Buffer) => OnsMessage;
}

const load = createRequire(import.meta.url);
const aliOns = load('ali-ons') as AliOns;
const httpclient: unknown = load('urllib');

/** What a listener returns to get the message again later. */
export const retry = aliOns.Consumer.ACTION_RETRY;

/** The clients and names of one scenario. */
export class Session {
  readonly #namesrv: string;
  readonly #prefix: string;
  readonly #open: (OnsProducer | OnsConsumer)[] = [];
  #count = 0;

  constructor(namesrv: string, prefix: string) {
    this.#namesrv = namesrv;
    this.#prefix = prefix;
  }

  /** A name that no other scenario and no other run uses. */
  name(suffix: string): string {
    return `${this.#prefix}-${suffix}`;
  }

  /** A producer for a topic that exists: this client does not ask for the default topic when its own is unknown. */
  async producer(): Promise<OnsProducer> {
    await createTopic(this.#namesrv, this.name('t'));
    const producer = new aliOns.Producer({ ...this.#options(), producerGroup: this.name('producer') });
    this.#keep(producer);
    await producer.ready();
    return producer;
  }

  /** A consumer that is subscribed before it is ready, as programs do it. */
  async consumer(topic: string, tags: string, collector: Collector, options: object = {}): Promise<OnsConsumer> {
    const consumer = new aliOns.Consumer({
      ...this.#options(),
      consumerGroup: this.name('g'),
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      ...options,
    });
    this.#keep(consumer);
    consumer.subscribe(topic, tags, async (message) => collector.take(message));
    await consumer.ready();
    return consumer;
  }

  message(topic: string, tags: string | null, body: string | Buffer): OnsMessage {
    return new aliOns.Message(topic, tags, body);
  }

  /** Sends bodies m<from>, …, one after the other. */
  async send(
    producer: OnsProducer,
    topic: string,
    from: number,
    count: number,
    tags: string | null = null,
  ): Promise<OnsSendResult[]> {
    const results: OnsSendResult[] = [];
    for (let i = from; i < from + count; i++) {
      results.push(await producer.send(this.message(topic, tags, `m${i}`)));
    }
    return results;
  }

  async close(): Promise<void> {
    for (const client of this.#open.toReversed()) {
      await client.close().catch((error: unknown) => process.stderr.write(`closing: ${String(error)}\n`));
    }
  }

  #options(): object {
    return {
      httpclient,
      nameSrv: this.#namesrv,
      clientIP: '127.0.0.1',
      instanceName: this.name(`client-${this.#count++}`),
      // The client looks for changes only from time to time; a test does not wait for its 10 and 30 s.
      pollNameServerInteval: 1000,
      rebalanceInterval: 1000,
      logger,
    };
  }

  #keep(client: OnsProducer | OnsConsumer): void {
    client.on('error', (error: Error) => process.stderr.write(`${this.#prefix}: ${error.message}\n`));
    this.#open.push(client);
  }
}

/** Keeps what a consumer got; refuses what its test picks. */
export class Collector {
  readonly messages: OnsMessage[] = [];
  readonly #answer: (message: OnsMessage) => unknown;

  constructor(answer: (message: OnsMessage) => unknown = () => undefined) {
    this.#answer = answer;
  }

  take(message: OnsMessage): unknown {
    if (message.body.toString() === seedBody) {
      return undefined;
    }
    this.messages.push({ ...message, tags: message.tags, keys: message.keys });
    return this.#answer(message);
  }

  get bodies(): string[] {
    return this.messages.map((message) => message.body.toString());
  }

  get distinct(): number {
    return new Set(this.bodies).size;
  }

  get duplicates(): number {
    return this.messages.length - this.distinct;
  }

  /** Waits for that many messages, then a little longer for what should not come. */
  async await(count: number): Promise<this> {
    await until(40_000, () => this.messages.length >= count);
    await sleep(500);
    return this;
  }
}

/** True as soon as the condition holds, false when it does not within the time. */
export async function until(ms: number, condition: () => boolean): Promise<boolean> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) {
      return false;
    }
    await sleep(20);
  }
  return true;
}

const logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (...parts: unknown[]) => process.stderr.write(`warn ${parts.map(String).join(' ')}\n`),
  error: (...parts: unknown[]) => process.stderr.write(`error ${parts.map(String).join(' ')}\n`),
};
