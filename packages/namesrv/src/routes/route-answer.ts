import { type BrokerData, MASTER_ID, Perm, syncBrokerMemberTopic, type TopicRouteData } from '@cometmq/protocol';
import type { BrokerGroup, TopicRoute } from './broker-registration.js';

export interface RouteAnswerOptions {
  readonly topic: string;
  /** `broker-a:4;broker-b:4`, for orderly topics. */
  readonly orderTopicConf: string | undefined;
  /** Whether the smallest slave of a group may be shown as its master (option supportActingMaster). */
  readonly supportActingMaster: boolean;
  /** The address under which the asking client reaches a broker. */
  readonly addressFor: (cluster: string, address: string) => string;
  readonly filterServersOf: (cluster: string, address: string) => readonly string[];
}

const SYNC_MEMBER_PREFIX = syncBrokerMemberTopic('');

/** A route as clients are told it. */
export function routeAnswer(route: TopicRoute, options: RouteAnswerOptions): TopicRouteData {
  const filterServerTable = new Map<string, readonly string[]>();
  const brokerDatas = route.groups.map((group) => {
    for (const address of group.addresses.values()) {
      const servers = options.filterServersOf(group.cluster, address);
      if (servers.length > 0) filterServerTable.set(options.addressFor(group.cluster, address), servers);
    }
    return brokerData(actingMaster(group, route, options), options.addressFor);
  });
  return {
    brokerDatas,
    filterServerTable,
    orderTopicConf: options.orderTopicConf,
    queueDatas: route.queues,
    topicQueueMappingByBroker: route.mappings,
  };
}

/** A group as clients are told it. */
export function brokerData(group: BrokerGroup, addressFor: RouteAnswerOptions['addressFor']): BrokerData {
  return {
    cluster: group.cluster,
    brokerName: group.brokerName,
    brokerAddrs: new Map([...group.addresses].map(([id, address]) => [id, addressFor(group.cluster, address)])),
    zoneName: group.zoneName,
    enableActingMaster: group.enableActingMaster,
  };
}

/**
 * A group without a master whose topic can only be read is shown with its smallest slave as master, so that clients find
 * somebody for locks and offsets (broker-semantics, 13.2). Its members among themselves are told the truth.
 */
function actingMaster(group: BrokerGroup, route: TopicRoute, options: RouteAnswerOptions): BrokerGroup {
  if (!options.supportActingMaster || !group.enableActingMaster || options.topic.startsWith(SYNC_MEMBER_PREFIX))
    return group;
  if (group.addresses.size === 0 || group.addresses.has(MASTER_ID)) return group;
  const queue = route.queues.find(({ brokerName }) => brokerName === group.brokerName);
  if (queue === undefined || (queue.perm & Perm.WRITE) !== 0) return group;
  const least = Math.min(...group.addresses.keys());
  const addresses = [...group.addresses].map(([id, address]) => [id === least ? MASTER_ID : id, address] as const);
  return { ...group, addresses: new Map(addresses) };
}

/**
 * Only what lies in the client's zone (extFields `__ZONE_MODE` and `__ZONE_NAME`): groups of that zone, and groups that
 * have lost their master, which may be read from anywhere.
 */
export function inZone(route: TopicRouteData, zoneName: string): TopicRouteData {
  const zone = zoneName.toLowerCase();
  const kept: BrokerData[] = [];
  const removed = new Set<string>();
  const removedAddresses = new Set<string>();
  for (const group of route.brokerDatas) {
    if (!group.brokerAddrs.has(MASTER_ID) || group.zoneName?.toLowerCase() === zone) {
      kept.push(group);
      continue;
    }
    removed.add(group.brokerName);
    for (const address of group.brokerAddrs.values()) removedAddresses.add(address);
  }
  return {
    ...route,
    brokerDatas: kept,
    queueDatas: route.queueDatas.filter(({ brokerName }) => !removed.has(brokerName)),
    filterServerTable: new Map([...route.filterServerTable].filter(([address]) => !removedAddresses.has(address))),
  };
}
