import type { Connection } from '@cometmq/remoting';
import type { Clock } from '@cometmq/runtime';
import type { SeenBroker } from './advertised-address.js';
import { brokerKey } from './route-table.js';

/** A broker that says nothing about it is given up after this time (broker-semantics, section 13). */
export const DEFAULT_HEARTBEAT_TIMEOUT_MS = 120_000;

/** What keeps one broker in the routes. */
export interface LiveBroker {
  readonly cluster: string;
  readonly address: string;
  readonly timeoutMs: number;
  /** Over which it registered last. */
  readonly connection: Connection;
  /** Set when its address is where it is seen. */
  readonly seen: SeenBroker | undefined;
}

interface Entry extends LiveBroker {
  /** Monotonic moment of its last sign of life. */
  heardAt: number;
}

/** Who has been heard of, when, and over which connection. */
export class BrokerLiveness {
  readonly #brokers = new Map<string, Entry>();
  readonly #byConnection = new Map<Connection, Set<string>>();
  #version = 0;
  #seenLocally = 0;

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.#brokers.size;
  }

  /** Grows when a broker is seen elsewhere. */
  get version(): number {
    return this.#version;
  }

  /** Brokers whose address depends on who asks. */
  get seenLocally(): number {
    return this.#seenLocally;
  }

  get(cluster: string, address: string): LiveBroker | undefined {
    return this.#brokers.get(brokerKey(cluster, address));
  }

  /** A registration. Returns whether its connection carries its first one. */
  registered(broker: LiveBroker): boolean {
    const key = brokerKey(broker.cluster, broker.address);
    this.#drop(key);
    this.#brokers.set(key, { ...broker, heardAt: this.clock.monotonic() });
    this.#countSeen(broker, 1);
    const keys = this.#byConnection.get(broker.connection);
    if (keys) keys.add(key);
    else this.#byConnection.set(broker.connection, new Set([key]));
    return keys === undefined;
  }

  /** A sign of life of a broker that may be unknown. */
  heard(cluster: string, address: string): void {
    const broker = this.#brokers.get(brokerKey(cluster, address));
    if (broker) broker.heardAt = this.clock.monotonic();
  }

  remove(cluster: string, address: string): void {
    this.#drop(brokerKey(cluster, address));
  }

  /** Those whose last registration came over this connection, which has ended. A broker that has moved on is not among them. */
  connectionClosed(connection: Connection): LiveBroker[] {
    const keys = this.#byConnection.get(connection) ?? [];
    this.#byConnection.delete(connection);
    return [...keys].flatMap((key) => this.#brokers.get(key) ?? []);
  }

  /** Those not heard of for longer than they promised. */
  silent(): LiveBroker[] {
    const now = this.clock.monotonic();
    return [...this.#brokers.values()].filter((broker) => broker.heardAt + broker.timeoutMs < now);
  }

  #drop(key: string): void {
    const former = this.#brokers.get(key);
    if (former === undefined) return;
    this.#brokers.delete(key);
    this.#byConnection.get(former.connection)?.delete(key);
    this.#countSeen(former, -1);
  }

  #countSeen({ seen }: LiveBroker, by: 1 | -1): void {
    if (seen === undefined) return;
    this.#version++;
    if (seen.local) this.#seenLocally += by;
  }
}
