import type { Timer } from '@cometmq/runtime';
import type { ClientInstance } from '../client/client-instance.js';
import type { Sink } from '../rx/stream-of.js';
import type { Delivery } from './delivery.js';
import { StreamLane } from './dispatch/lane.js';
import { expressionOf, type Filter } from './subscriptions.js';

/**
 * How long the lane of a stream without a subscriber is kept while others consume the same topic. A stream that is subscribed
 * again (after an error, say) finds what came meanwhile; longer, and it would hold up the others.
 */
const KEEP_MS = 60_000;

interface KeptLane {
  readonly lane: StreamLane;
  readonly topic: string;
  /** Topic and filter: who subscribes with the same gets the lane. */
  readonly key: string;
  sink: Sink<Delivery> | undefined;
  expiry: Timer | undefined;
}

export interface StreamSubscriptionsOptions {
  readonly client: ClientInstance;
  /** Registers the lane of a new stream. Throws when another subscription wants the same messages. */
  add(topic: string, filter: Filter | undefined, lane: StreamLane): void;
  remove(topic: string, lane: StreamLane): void;
  /** Subscriptions of a topic. */
  count(topic: string): number;
  opened(lane: StreamLane): void;
  shut(lane: StreamLane): void;
  /** The last subscriber of all has gone. */
  ended(): void;
}

/** The streams of one consumer: who subscribes now, and what waits for subscribers to come back. */
export class StreamSubscriptions {
  readonly #lanes = new Map<string, KeptLane>();

  constructor(private readonly options: StreamSubscriptionsOptions) {}

  /** Streams with a subscriber. */
  get open(): number {
    return [...this.#lanes.values()].filter(({ lane }) => lane.isOpen).length;
  }

  /** Returns how to unsubscribe. Throws INVALID_ARGUMENT when somebody else wants the same messages. */
  subscribe<T>(topic: string, filter: Filter | undefined, maxInFlight: number, sink: Sink<Delivery<T>>): () => void {
    const { type, text } = expressionOf(filter);
    const key = `${topic} ${type} ${text}`;
    const kept = this.#lanes.get(key);
    const stream =
      kept?.lane.isOpen === false ? kept : { lane: new StreamLane(), topic, key, sink: undefined, expiry: undefined };
    if (stream !== kept) this.options.add(topic, filter, stream.lane);
    this.#lanes.set(key, stream);
    stream.expiry?.cancel();
    stream.sink = sink as Sink<unknown>;
    stream.lane.open((delivery) => sink.next(delivery as Delivery<T>), maxInFlight);
    this.options.opened(stream.lane);
    return () => this.#unsubscribe(stream, sink as Sink<unknown>);
  }

  /** The consumer has been closed: nothing comes any more. */
  complete(): void {
    for (const stream of this.#lanes.values()) {
      stream.expiry?.cancel();
      stream.sink?.complete();
    }
    this.#lanes.clear();
  }

  #unsubscribe(stream: KeptLane, sink: Sink<unknown>): void {
    if (stream.sink !== sink || this.#lanes.get(stream.key) !== stream) return;
    const { client, count, ended, shut } = this.options;
    stream.sink = undefined;
    stream.lane.shut();
    shut(stream.lane);
    if (this.open === 0) ended();
    // Of other subscriptions of the topic none would see to the messages of this one.
    if (count(stream.topic) > 1)
      stream.expiry = client.clock.schedule(KEEP_MS, () => this.#remove(stream), { background: true });
    else this.#remove(stream);
  }

  #remove(stream: KeptLane): void {
    if (stream.lane.isOpen || this.#lanes.get(stream.key) !== stream) return;
    this.#lanes.delete(stream.key);
    this.options.remove(stream.topic, stream.lane);
  }
}
