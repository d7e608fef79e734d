import { type Random, randomInt, sleep } from '@cometmq/runtime';
import type { Producer, RocketMQ, SendResult } from '@cometmq/sdk';
import type { SimHost } from '@cometmq/testkit';
import { type Observer, type Place, placeText } from '../observations.js';
import type { Trace } from '../trace.js';
import { contentOf } from './content.js';

export interface SenderOptions {
  readonly name: string;
  readonly topic: string;
  readonly trace: Trace;
  readonly observer: Observer;
  readonly random: Random;
  /** Takes the next free id. */
  nextId(): number;
  /** Whether more shall be sent. */
  sending(): boolean;
  /** Pause between two sends, up to twice as much by chance, ms. */
  readonly pauseMs: number;
}

const KEYS = 12;
const DELAY_LEVELS = 3;

/** Sends one message or batch after the other; what fails is noted and not sent again. */
export class Sender {
  constructor(private readonly options: SenderOptions) {}

  /** One life of it: works until all is sent or its host is gone. */
  run(mq: RocketMQ, host: SimHost): void {
    const producer = mq.producer({ group: 'shop', retries: 2 });
    void this.#work(producer, host);
  }

  async #work(producer: Producer, host: SimHost): Promise<void> {
    const { pauseMs, random, sending } = this.options;
    while (sending()) {
      await sleep(host.clock, random.next() * 2 * pauseMs);
      // Always the same number of draws, whatever happens to what is sent.
      const kind = random.next();
      const detail = randomInt(random, 1000);
      if (kind < 0.1) await this.#sendBatch(producer, 2 + (detail % 4));
      else if (kind < 0.2) await this.#send(producer, { delay: { level: 1 + (detail % DELAY_LEVELS) } });
      else if (kind < 0.6) await this.#send(producer, { shardingKey: `key-${detail % KEYS}` });
      else await this.#send(producer, {});
    }
  }

  async #send(
    producer: Producer,
    options: { readonly delay?: { readonly level: number }; readonly shardingKey?: string },
  ) {
    const { name, topic, trace } = this.options;
    const delayed = options.delay !== undefined;
    const id = this.#next(delayed);
    trace.add(name, '>', `${id}${delayed ? ` in ${options.delay?.level}` : ''}`);
    try {
      const result = await producer.send(topic, contentOf(id), options);
      this.#answered([id], [result], !delayed);
    } catch (error) {
      this.#failed([id], error);
    }
  }

  async #sendBatch(producer: Producer, count: number): Promise<void> {
    const { name, topic, trace } = this.options;
    const ids = Array.from({ length: count }, () => this.#next(false));
    trace.add(name, '>', ids.join(' '));
    try {
      const results = await producer.sendBatch(ids.map((id) => ({ topic, body: contentOf(id) })));
      this.#answered(ids, results, true);
    } catch (error) {
      this.#failed(ids, error);
    }
  }

  #next(delayed: boolean): number {
    const id = this.options.nextId();
    this.options.observer({ kind: 'sent', id, by: this.options.name, delayed });
    return id;
  }

  #answered(ids: readonly number[], results: readonly SendResult[], placed: boolean): void {
    const { name, observer, trace } = this.options;
    for (const [at, id] of ids.entries()) {
      const result = results[at];
      if (result === undefined) continue;
      // The other states say that the message may still be lost.
      if (result.status !== 'SEND_OK') {
        trace.add(name, '-', `${id} ${result.status}`);
        continue;
      }
      const place = placed ? placeOf(result) : undefined;
      trace.add(name, '+', `${id} ${place === undefined ? '' : placeText(place)}`);
      observer({ kind: 'acknowledged', id, place });
    }
  }

  #failed(ids: readonly number[], error: unknown): void {
    const { code, message } = error as { readonly code?: string; readonly message?: string };
    this.options.trace.add(this.options.name, '-', `${ids.join(' ')} ${code ?? message}`);
  }
}

function placeOf({ queue, queueOffset }: SendResult): Place {
  return { queue: `${queue.brokerName}/${queue.topic}/${queue.queueId}`, offset: queueOffset };
}
