import { brokerReplicasInfo, electMasterResponseBody, syncStateSet } from '../bodies/replication.js';
import { list, text as name } from '../bodies/shapes.js';
import { defineRequest } from '../schema/define-request.js';
import { boolean, int32, int64, optional, text, withDefault } from '../schema/field.js';
import { ofCluster } from './access.js';

/* The controller that elects masters. */

/** A master reports which replicas are in step. */
export const controllerAlterSyncStateSet = defineRequest({
  code: 1001,
  name: 'CONTROLLER_ALTER_SYNC_STATE_SET',
  access: [ofCluster(['update'])],
  request: {
    brokerName: optional(text()),
    masterBrokerId: optional(int64()),
    masterEpoch: optional(int32()),
    invokeTime: withDefault(int64(), 0),
  },
  response: {
    newSyncStateSetEpoch: withDefault(int32(), 0),
  },
  requestBody: syncStateSet,
  responseBody: syncStateSet,
});

/** Asks for a new master. 2011 (the master still lives) carries a body too. */
export const controllerElectMaster = defineRequest({
  code: 1002,
  name: 'CONTROLLER_ELECT_MASTER',
  access: [ofCluster(['update'], 'clusterName')],
  request: {
    clusterName: text(),
    brokerName: text(),
    /** 0 = master. */
    brokerId: withDefault(int64(), -1),
    designateElect: withDefault(boolean(), false),
    invokeTime: optional(int64()),
  },
  response: {
    masterBrokerId: optional(int64()),
    masterAddress: optional(text()),
    masterEpoch: optional(int32()),
    syncStateSetEpoch: optional(int32()),
  },
  responseBody: electMasterResponseBody,
});

/** A broker reports to the controller. */
export const controllerRegisterBroker = defineRequest({
  code: 1003,
  name: 'CONTROLLER_REGISTER_BROKER',
  access: [ofCluster(['update'], 'clusterName')],
  request: {
    clusterName: optional(text()),
    brokerName: optional(text()),
    /** 0 = master. */
    brokerId: optional(int64()),
    brokerAddress: optional(text()),
    invokeTime: withDefault(int64(), 0),
  },
  response: {
    clusterName: optional(text()),
    brokerName: optional(text()),
    masterBrokerId: optional(int64()),
    masterAddress: optional(text()),
    masterEpoch: optional(int32()),
    syncStateSetEpoch: optional(int32()),
  },
  responseBody: syncStateSet,
});

/** Master and replicas in step of one broker name. */
export const controllerGetReplicaInfo = defineRequest({
  code: 1004,
  name: 'CONTROLLER_GET_REPLICA_INFO',
  access: [ofCluster(['get'])],
  request: {
    brokerName: optional(text()),
  },
  response: {
    masterBrokerId: optional(int64()),
    masterAddress: optional(text()),
    masterEpoch: optional(int32()),
  },
  responseBody: syncStateSet,
});

/** State of the controller itself; asked to find its leader. */
export const controllerGetMetadataInfo = defineRequest({
  code: 1005,
  name: 'CONTROLLER_GET_METADATA_INFO',
  response: {
    group: optional(text()),
    controllerLeaderId: optional(text()),
    controllerLeaderAddress: optional(text()),
    isLeader: withDefault(boolean(), false),
    /** ";" joined peers. */
    peers: optional(text()),
  },
});

/** Master and replicas of several broker names. */
export const controllerGetSyncStateData = defineRequest({
  code: 1006,
  name: 'CONTROLLER_GET_SYNC_STATE_DATA',
  requestBody: list(name()),
  responseBody: brokerReplicasInfo,
});

/** Forgets brokers. */
export const cleanBrokerData = defineRequest({
  code: 1011,
  name: 'CLEAN_BROKER_DATA',
  access: [ofCluster(['update'], 'clusterName')],
  request: {
    clusterName: optional(text()),
    brokerName: text(),
    brokerControllerIdsToClean: optional(text()),
    isCleanLivingBroker: withDefault(boolean(), false),
    invokeTime: withDefault(int64(), 0),
  },
});

/** The next free broker id. */
export const controllerGetNextBrokerId = defineRequest({
  code: 1012,
  name: 'CONTROLLER_GET_NEXT_BROKER_ID',
  access: [ofCluster(['get'], 'clusterName')],
  request: {
    clusterName: optional(text()),
    brokerName: optional(text()),
  },
  response: {
    clusterName: optional(text()),
    brokerName: optional(text()),
    nextBrokerId: optional(int64()),
  },
});

/** Takes a broker id. */
export const controllerApplyBrokerId = defineRequest({
  code: 1013,
  name: 'CONTROLLER_APPLY_BROKER_ID',
  access: [ofCluster(['update'], 'clusterName')],
  request: {
    clusterName: optional(text()),
    brokerName: optional(text()),
    appliedBrokerId: optional(int64()),
    registerCheckCode: optional(text()),
  },
  response: {
    clusterName: optional(text()),
    brokerName: optional(text()),
  },
});
