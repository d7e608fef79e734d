import type { TopicRoute } from '../routing/topic-routes.js';

/** A broker name with all its replicas. */
export interface KnownBroker {
  readonly name: string;
  readonly cluster: string;
  /** `scheme://host:port` by broker id; 0 is the master. */
  readonly addresses: ReadonlyMap<number, string>;
}

export interface BrokerAddress {
  /** `scheme://host:port` */
  readonly address: string;
  readonly brokerId: number;
}

/**
 * Addresses of all brokers that stand in a route, and the version each showed in its last heartbeat answer. Learns from every
 * route; `prune` drops those that are in none any more (client-behaviour 1.3).
 */
export class BrokerTable {
  readonly #brokers = new Map<string, KnownBroker>();
  readonly #versions = new Map<string, number>();

  /** Takes over the brokers of a route; true when an address is new. */
  learn(route: TopicRoute): boolean {
    let news = false;
    for (const { name, cluster, addresses } of route.brokers) {
      const known = this.#brokers.get(name);
      if ([...addresses].some(([id, address]) => known?.addresses.get(id) !== address)) news = true;
      this.#brokers.set(name, { name, cluster, addresses });
    }
    return news;
  }

  /** Forgets brokers that none of the routes has. */
  prune(routes: Iterable<TopicRoute>): void {
    const alive = new Set<string>();
    for (const route of routes) for (const broker of route.brokers) alive.add(broker.name);
    for (const name of this.#brokers.keys()) if (!alive.has(name)) this.#brokers.delete(name);
  }

  get all(): IterableIterator<KnownBroker> {
    return this.#brokers.values();
  }

  get(name: string): KnownBroker | undefined {
    return this.#brokers.get(name);
  }

  /** The only one that takes messages, locks and offset questions. */
  master(name: string): string | undefined {
    return this.#brokers.get(name)?.addresses.get(0);
  }

  /**
   * Where to read: the wanted replica; a wanted slave that is gone, the next id; unless `only`, any address of that name
   * (client-behaviour 1.3).
   */
  find(name: string, brokerId = 0, only = false): BrokerAddress | undefined {
    const addresses = this.#brokers.get(name)?.addresses;
    if (addresses === undefined) return undefined;
    const wanted = brokerId === 0 ? [0] : [brokerId, brokerId + 1];
    for (const id of wanted) {
      const address = addresses.get(id);
      if (address !== undefined) return { address, brokerId: id };
    }
    if (only) return undefined;
    for (const [id, address] of addresses) return { address, brokerId: id };
    return undefined;
  }

  /** The MQVersion a broker answered its last heartbeat with; undefined before the first. */
  version(address: string): number | undefined {
    return this.#versions.get(address);
  }

  noteVersion(address: string, version: number): void {
    this.#versions.set(address, version);
  }
}
