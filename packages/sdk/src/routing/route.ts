import type { TopicRouteData } from '@cometmq/protocol';

/** Permission bits of a topic (remoting-protocol 10.3). */
const READ = 4;
const WRITE = 2;

/** A broker that has the topic. */
export interface RouteBroker {
  readonly name: string;
  readonly cluster: string;
  /** `scheme://host:port` by broker id; 0 is the master. */
  readonly addresses: ReadonlyMap<number, string>;
}

/** Its queues there. */
export interface RouteQueues {
  readonly brokerName: string;
  readonly readQueues: number;
  readonly writeQueues: number;
  readonly readable: boolean;
  readonly writable: boolean;
}

/** A name server's answer, sorted, as the rooms here use it. */
export interface Route {
  readonly brokers: readonly RouteBroker[];
  readonly queues: readonly RouteQueues[];
  readonly orderTopicConf: string | undefined;
  /** The same text for the same route, whatever order it came in. */
  readonly fingerprint: string;
}

/** More queues than this on one broker are a mistake of the server; the rest is not used. */
const MAX_QUEUES = 65_536;
const queueCount = (count: number) => Math.min(Math.max(0, count), MAX_QUEUES);

const byName = (a: { readonly brokerName: string }, b: { readonly brokerName: string }) =>
  a.brokerName < b.brokerName ? -1 : Number(a.brokerName > b.brokerName);

/** `dial` puts the transport before an address: brokers are reached as their name server is. */
export function toRoute(data: TopicRouteData, dial: (address: string) => string): Route {
  const brokers = [...data.brokerDatas].sort(byName).map((broker): RouteBroker => ({
    name: broker.brokerName,
    cluster: broker.cluster,
    addresses: new Map([...broker.brokerAddrs].sort(([a], [b]) => a - b).map(([id, address]) => [id, dial(address)])),
  }));
  const queues = [...data.queueDatas].sort(byName).map((of): RouteQueues => ({
    brokerName: of.brokerName,
    readQueues: queueCount(of.readQueueNums),
    writeQueues: queueCount(of.writeQueueNums),
    readable: (of.perm & READ) !== 0,
    writable: (of.perm & WRITE) !== 0,
  }));
  const orderTopicConf = data.orderTopicConf ?? undefined;
  const fingerprint = JSON.stringify([
    brokers.map((broker) => [broker.name, broker.cluster, [...broker.addresses]]),
    queues,
    orderTopicConf,
  ]);
  return { brokers, queues, orderTopicConf, fingerprint };
}
