import type { Infer } from './body-shape.js';
import { object } from './object-shape.js';
import { bool, int, list, map, numberMap, optional, set, text } from './shapes.js';
import { topicQueueMappingInfo } from './topic-queue-mapping.js';

/** Broker id of a master. */
export const MASTER_ID = 0;

export const queueData = object('QueueData', {
  brokerName: text(),
  readQueueNums: int(),
  writeQueueNums: int(),
  perm: int(),
  topicSysFlag: int(),
});
export interface QueueData extends Infer<typeof queueData> {}

export const brokerData = object('BrokerData', {
  cluster: text(),
  brokerName: text(),
  /** By broker id; 0 is the master. */
  brokerAddrs: numberMap(text()),
  zoneName: optional(text()),
  enableActingMaster: bool(),
});
export interface BrokerData extends Infer<typeof brokerData> {}

/**
 * Clients from 4.9.4 on ask for it in the form `standard` (header `acceptStandardJsonOnly` or their version); it must
 * never hold white space, Go's client takes it apart by hand.
 */
export const topicRouteData = object('TopicRouteData', {
  orderTopicConf: optional(text()),
  queueDatas: list(queueData),
  brokerDatas: list(brokerData),
  filterServerTable: map(list(text())),
  topicQueueMappingByBroker: optional(map(topicQueueMappingInfo)),
});
export interface TopicRouteData extends Infer<typeof topicRouteData> {}

export const clusterInfo = object('ClusterInfo', {
  brokerAddrTable: map(brokerData),
  clusterAddrTable: map(set(text())),
});
export interface ClusterInfo extends Infer<typeof clusterInfo> {}

export const brokerMemberGroup = object('BrokerMemberGroup', {
  cluster: text(),
  brokerName: text(),
  brokerAddrs: numberMap(text()),
});
export interface BrokerMemberGroup extends Infer<typeof brokerMemberGroup> {}

export const getBrokerMemberGroupResponseBody = object('GetBrokerMemberGroupResponseBody', {
  brokerMemberGroup: optional(brokerMemberGroup),
});
export interface GetBrokerMemberGroupResponseBody extends Infer<typeof getBrokerMemberGroupResponseBody> {}
