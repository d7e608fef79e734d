import type { ConsumerData } from '@cometmq/protocol';
import { RocketMQError } from './errors.js';

export interface ConsumerHealth {
  readonly group: string;
  readonly running: boolean;
  /** Assigned to this instance. */
  readonly queues: number;
  /** Messages handed to handlers or streams and not settled. */
  readonly inFlight: number;
  /** Messages in the assigned queues that have not been consumed; -1 when it was not asked for. */
  readonly lag: number;
  readonly lastConsumedAt?: Date;
}

/** A running consumer, as the client sees it. */
export interface ConsumerMember {
  /** As the servers know it, namespace included. */
  readonly group: string;
  /** What the heartbeat says about it, asked for at every heartbeat. */
  consumerData(): ConsumerData;
  health(options: { readonly lag: boolean }): Promise<ConsumerHealth>;
  /** Stops pulling, waits for running handlers up to `timeoutMs`, commits, unlocks, and takes itself out with `removeConsumer`. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}

/** A producer, as the client sees it. */
export interface ProducerMember {
  readonly group: string;
  /** Waits for the sends under way, then takes itself out with `removeProducer`. */
  close(): Promise<void>;
}

/** Who uses a client: heartbeats name them, closing goes through them. */
export class Members {
  readonly #consumers = new Map<string, ConsumerMember>();
  readonly #producers = new Set<ProducerMember>();

  get consumers(): readonly ConsumerMember[] {
    return [...this.#consumers.values()];
  }

  get producers(): readonly ProducerMember[] {
    return [...this.#producers];
  }

  /** Names of all producer groups, each once. */
  get producerGroups(): readonly string[] {
    return [...new Set([...this.#producers].map((producer) => producer.group))].sort();
  }

  get empty(): boolean {
    return this.#consumers.size === 0 && this.#producers.size === 0;
  }

  consumer(group: string): ConsumerMember | undefined {
    return this.#consumers.get(group);
  }

  /** Throws INVALID_ARGUMENT: two consumers of one group and one client id would be one member to the broker. */
  addConsumer(member: ConsumerMember): void {
    if (this.#consumers.has(member.group)) {
      throw new RocketMQError(
        'INVALID_ARGUMENT',
        `this client has a running consumer of group ${member.group} already: subscribe more topics with it, or use another client`,
      );
    }
    this.#consumers.set(member.group, member);
  }

  /** True when it was there. */
  removeConsumer(member: ConsumerMember): boolean {
    return this.#consumers.get(member.group) === member && this.#consumers.delete(member.group);
  }

  addProducer(member: ProducerMember): void {
    this.#producers.add(member);
  }

  /** True when it was the last of its group. */
  removeProducer(member: ProducerMember): boolean {
    return this.#producers.delete(member) && !this.producerGroups.includes(member.group);
  }
}
