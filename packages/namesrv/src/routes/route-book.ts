import { type ClusterInfo, type TopicRouteData, topicRouteData } from '@cometmq/protocol';
import { type Clock, formatAddress, parseAddress } from '@cometmq/runtime';
import { advertisedAddress, type ConnectionView, isOwnAddress, seenAddress } from './advertised-address.js';
import { BrokerLiveness } from './broker-liveness.js';
import { brokerData, inZone, routeAnswer } from './route-answer.js';
import { RouteTable } from './route-table.js';

/** What an answer depends on beside the routes. */
export interface RouteQuestion {
  readonly topic: string;
  readonly client: ConnectionView;
  /** Clients from 4.9.4 on want standard JSON, older ones bare numeric keys. */
  readonly form: 'standard' | 'fastjson';
  readonly orderTopicConf: string | undefined;
  readonly supportActingMaster: boolean;
  /** Only brokers of this zone; undefined: all. */
  readonly zoneName: string | undefined;
}

/** Encoded answers that are kept. They are forgotten with every change of the routes. */
const MAX_CACHED_ANSWERS = 10_000;
const MAX_CACHED_BYTES = 32 * 1024 * 1024;

/** Routes, who keeps them alive, and how each client sees them. */
export class RouteBook {
  readonly table: RouteTable;
  readonly liveness: BrokerLiveness;
  readonly #answers = new Map<string, Uint8Array>();
  #answersBytes = 0;
  #answersOf = '';

  constructor(clock: Clock, options: ConstructorParameters<typeof RouteTable>[0]) {
    this.table = new RouteTable(options);
    this.liveness = new BrokerLiveness(clock);
  }

  /** The address under which a broker that calls itself `registered` is kept. */
  keptAddress(cluster: string, registered: string, connection: ConnectionView): string {
    const seen = seenAddress(registered, connection);
    return seen !== registered && this.liveness.get(cluster, seen)?.seen !== undefined ? seen : registered;
  }

  /** The address of a broker for one client. */
  addressFor(cluster: string, kept: string, client: ConnectionView): string {
    return advertisedAddress(kept, this.liveness.get(cluster, kept)?.seen, client);
  }

  /** Where one client reaches the replication port of a broker; its host may be as unknown to the broker as its own. */
  haAddressFor(cluster: string, kept: string, haServerAddr: string, client: ConnectionView): string {
    const ha = parseAddress(haServerAddr);
    if (ha === undefined || !isOwnAddress(ha.host) || this.liveness.get(cluster, kept)?.seen === undefined)
      return haServerAddr;
    const host = parseAddress(this.addressFor(cluster, kept, client))?.host ?? ha.host;
    return formatAddress({ host, port: ha.port });
  }

  /** The body of a route; undefined when no broker has the topic. */
  routeBody(question: RouteQuestion): Uint8Array | undefined {
    if (question.zoneName !== undefined) {
      const route = this.#route(question);
      return route && topicRouteData.encode(inZone(route, question.zoneName), 'fastjson');
    }
    const key = this.#cacheKey(question);
    const cached = this.#answers.get(key);
    if (cached !== undefined) return cached;
    const route = this.#route(question);
    if (route === undefined) return undefined;
    const body = topicRouteData.encode(route, question.form);
    this.#keep(key, body);
    return body;
  }

  clusterInfo(client: ConnectionView): ClusterInfo {
    const addressFor = (cluster: string, address: string) => this.addressFor(cluster, address, client);
    const groups = [...this.table.groups].map(([name, group]) => [name, brokerData(group, addressFor)] as const);
    const clusters = [...this.table.clusters].map(([name, brokers]) => [name, [...brokers]] as const);
    return { brokerAddrTable: new Map(groups), clusterAddrTable: new Map(clusters) };
  }

  #route({ topic, client, orderTopicConf, supportActingMaster }: RouteQuestion): TopicRouteData | undefined {
    const route = this.table.route(topic);
    if (route === undefined) return undefined;
    return routeAnswer(route, {
      topic,
      orderTopicConf,
      supportActingMaster,
      addressFor: (cluster, address) => this.addressFor(cluster, address, client),
      filterServersOf: (cluster, address) => this.table.entry(cluster, address)?.filterServers ?? [],
    });
  }

  #cacheKey({ topic, client, form, orderTopicConf, supportActingMaster }: RouteQuestion): string {
    const of = `${this.table.version}.${this.liveness.version}`;
    if (of !== this.#answersOf) {
      this.#answers.clear();
      this.#answersBytes = 0;
      this.#answersOf = of;
    }
    // Only brokers seen on this machine look different to different clients.
    const view =
      this.liveness.seenLocally === 0 ? '' : `${formatAddress(client.dialed ?? client.local)} ${client.local.port}`;
    return `${topic}\n${form}\n${view}\n${supportActingMaster}\n${orderTopicConf ?? ''}`;
  }

  #keep(key: string, body: Uint8Array): void {
    if (this.#answers.size >= MAX_CACHED_ANSWERS || this.#answersBytes + body.length > MAX_CACHED_BYTES) {
      this.#answers.clear();
      this.#answersBytes = 0;
    }
    this.#answers.set(key, body);
    this.#answersBytes += body.length;
  }
}
