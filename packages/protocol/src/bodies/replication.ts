import type { Infer } from './body-shape.js';
import { object } from './object-shape.js';
import { bool, int, list, long, map, optional, set, text } from './shapes.js';
import { brokerMemberGroup } from './topic-route.js';

export const haConnectionRuntimeInfo = object('HAConnectionRuntimeInfo', {
  addr: text(),
  slaveAckOffset: long(),
  diff: long(),
  inSync: bool(),
  transferredByteInSecond: long(),
  transferFromWhere: long(),
});
export interface HAConnectionRuntimeInfo extends Infer<typeof haConnectionRuntimeInfo> {}

export const haClientRuntimeInfo = object('HAClientRuntimeInfo', {
  masterAddr: optional(text()),
  transferredByteInSecond: long(),
  maxOffset: long(),
  lastReadTimestamp: long(),
  lastWriteTimestamp: long(),
  masterFlushOffset: long(),
  activated: optional(bool()),
});
export interface HAClientRuntimeInfo extends Infer<typeof haClientRuntimeInfo> {}

export const haRuntimeInfo = object('HARuntimeInfo', {
  master: bool(),
  masterCommitLogMaxOffset: long(),
  inSyncSlaveNums: int(),
  haConnectionInfo: list(haConnectionRuntimeInfo),
  haClientRuntimeInfo,
});
export interface HARuntimeInfo extends Infer<typeof haRuntimeInfo> {}

export const brokerSyncInfo = object('BrokerSyncInfo', {
  masterHaAddress: optional(text()),
  masterFlushOffset: long(),
  masterAddress: optional(text()),
});
export interface BrokerSyncInfo extends Infer<typeof brokerSyncInfo> {}

/** `endOffset` of the running epoch is Long.MAX_VALUE, here the largest safe integer. */
export const epochEntry = object('EpochEntry', {
  epoch: int(),
  startOffset: long(),
  endOffset: long(Number.MAX_SAFE_INTEGER),
});
export interface EpochEntry extends Infer<typeof epochEntry> {}

export const epochEntryCache = object('EpochEntryCache', {
  clusterName: text(),
  brokerName: text(),
  brokerId: long(),
  epochList: list(epochEntry),
  maxOffset: long(),
});
export interface EpochEntryCache extends Infer<typeof epochEntryCache> {}

export const syncStateSet = object('SyncStateSet', { syncStateSet: set(long()), syncStateSetEpoch: int() });
export interface SyncStateSet extends Infer<typeof syncStateSet> {}

export const electMasterResponseBody = object('ElectMasterResponseBody', {
  brokerMemberGroup: optional(brokerMemberGroup),
  syncStateSet: set(long()),
});
export interface ElectMasterResponseBody extends Infer<typeof electMasterResponseBody> {}

export const roleChangeNotifyEntry = object('RoleChangeNotifyEntry', {
  brokerMemberGroup: optional(brokerMemberGroup),
  masterAddress: optional(text()),
  masterBrokerId: optional(long()),
  masterEpoch: int(),
  syncStateSetEpoch: int(),
  syncStateSet: set(long()),
});
export interface RoleChangeNotifyEntry extends Infer<typeof roleChangeNotifyEntry> {}

const replicaIdentity = object('ReplicaIdentity', {
  brokerName: text(),
  brokerId: long(),
  brokerAddress: text(),
  alive: bool(),
});

const replicasInfo = object('ReplicasInfo', {
  masterBrokerId: optional(long()),
  masterAddress: optional(text()),
  masterEpoch: int(),
  syncStateSetEpoch: int(),
  inSyncReplicas: list(replicaIdentity),
  notInSyncReplicas: list(replicaIdentity),
});

export const brokerReplicasInfo = object('BrokerReplicasInfo', { replicasInfoTable: map(replicasInfo) });
export interface BrokerReplicasInfo extends Infer<typeof brokerReplicasInfo> {}
