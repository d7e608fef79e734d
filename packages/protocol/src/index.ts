export { ProtocolError, type ProtocolErrorReason } from './protocol-error.js';
export { ResponseCode, responseCodeName, type ResponseCodeName } from './response-codes.js';
export {
  CURRENT_LANGUAGE,
  CURRENT_VERSION,
  languageCode,
  languageName,
  LANGUAGES,
  Version,
  versionName,
} from './versions.js';
export {
  DLQ_TOPIC_PREFIX,
  dlqTopic,
  isClosedToClients,
  isDlqTopic,
  isLmqTopic,
  isRetryTopic,
  isSystemGroup,
  isSystemTopic,
  LMQ_PREFIX,
  MAX_GROUP_LENGTH,
  MAX_TOPIC_LENGTH,
  ORDER_TOPIC_CONFIG,
  Perm,
  popRetryTopic,
  popRetryTopicV2,
  replyTopic,
  RETRY_TOPIC_PREFIX,
  retryTopic,
  reviveTopic,
  syncBrokerMemberTopic,
  SYSTEM_GROUP_PREFIX,
  SYSTEM_TOPIC_PREFIX,
  SystemGroup,
  SystemTopic,
  validateGroup,
  validateTopic,
  withoutPrefix,
} from './names.js';
export {
  boolean,
  boundary,
  type Boundary,
  clampedInt64,
  type Field,
  type FieldKind,
  float64,
  type Header,
  int32,
  int64,
  optional,
  type Shape,
  text,
  withDefault,
} from './schema/field.js';
export { type ExtFields, headerCodec, type HeaderCodec } from './schema/header-codec.js';
export {
  type AccessRequirement,
  type AccessRule,
  type Action,
  type BodyCodec,
  defineRequest,
  type RequestBody,
  type RequestDefinition,
  type RequestHeader,
  type Resource,
  type ResponseBody,
  type ResponseHeader,
} from './schema/define-request.js';
export { ONEWAY_FLAG, type RemotingCommand, RESPONSE_FLAG, type Serialization } from './frame/remoting-command.js';
export { FrameDecoder, type FrameDecoderOptions } from './frame/frame-decoder.js';
export { type FrameBody, FrameWriter, type RequestFrame, type ResponseFrame } from './frame/frame-encoder.js';
export { allRequests, requestByCode } from './requests/all-requests.js';

/* Requests, by family. */
export { getAllMessageRequestMode, queryAssignment, setMessageRequestMode } from './requests/assignment.js';
export {
  authCreateAcl,
  authCreateUser,
  authDeleteAcl,
  authDeleteUser,
  authGetAcl,
  authGetUser,
  authListAcl,
  authListUser,
  authUpdateAcl,
  authUpdateUser,
} from './requests/auth.js';
export {
  checkClientConfig,
  getAllProducerInfo,
  getClientConfig,
  getConsumerConnectionList,
  getConsumerListByGroup,
  getProducerConnectionList,
  heartBeat,
  notifyConsumerIdsChanged,
  unregisterClient,
} from './requests/client.js';
export {
  getColdDataFlowCtrInfo,
  removeColdDataFlowCtrConfig,
  setCommitlogReadMode,
  updateColdDataFlowCtrConfig,
} from './requests/cold-data.js';
export {
  getBrokerConfig,
  getControllerConfig,
  getNamesrvConfig,
  updateBrokerConfig,
  updateControllerConfig,
  updateNamesrvConfig,
} from './requests/configuration.js';
export {
  adjustConsumerThreadPool,
  consumeMessageDirectly,
  getConsumerRunningInfo,
  getConsumerStatusFromClient,
  invokeBrokerToGetConsumerStatus,
  resumeConsumer,
  suspendConsumer,
  whoConsumeTheMessage,
} from './requests/consumer-client.js';
export { addBroker, removeBroker } from './requests/container.js';
export {
  cleanBrokerData,
  controllerAlterSyncStateSet,
  controllerApplyBrokerId,
  controllerElectMaster,
  controllerGetMetadataInfo,
  controllerGetNextBrokerId,
  controllerGetReplicaInfo,
  controllerGetSyncStateData,
  controllerRegisterBroker,
} from './requests/controller.js';
export {
  brokerCloseChannelRequest,
  checkNotActiveBrokerRequest,
  getBrokerLiveInfoRequest,
  getSyncStateDataRequest,
  raftBrokerHeartBeatEventRequest,
} from './requests/controller-raft.js';
export { registerFilterServer, registerMessageFilterClass } from './requests/filter-server.js';
export {
  deleteSubscriptiongroup,
  getAllSubscriptiongroupConfig,
  getSubscriptiongroupConfig,
  updateAndCreateSubscriptiongroup,
  updateAndCreateSubscriptiongroupList,
  updateAndGetGroupForbidden,
} from './requests/group.js';
export {
  cloneGroupOffset,
  invokeBrokerToResetOffset,
  queryCorrectionOffset,
  resetConsumerClientOffset,
  resetConsumerOffsetInBroker,
  resetConsumerOffsetInConsumer,
} from './requests/group-offset.js';
export { deleteKvConfig, getKvConfig, getKvlistByNamespace, putKvConfig } from './requests/kv-config.js';
export {
  checkRocksdbCqWriteProgress,
  cleanExpiredConsumequeue,
  deleteExpiredCommitlog,
  exportRocksdbConfigToJson,
  getBrokerRuntimeInfo,
  triggerDeleteFiles,
} from './requests/maintenance.js';
export {
  getEarliestMsgStoretime,
  getMaxOffset,
  getMinOffset,
  queryBrokerOffset,
  queryConsumerOffset,
  searchOffsetByTimestamp,
  updateConsumerOffset,
} from './requests/offset.js';
export {
  ackMessage,
  batchAckMessage,
  changeMessageInvisibletime,
  notification,
  peekMessage,
  pollingInfo,
  popMessage,
  popRollback,
} from './requests/pop.js';
export { litePullMessage, pullMessage } from './requests/pull.js';
export { queryConsumeQueue, queryMessage, viewMessageById } from './requests/query.js';
export { lockBatchMq, unlockBatchMq } from './requests/queue-lock.js';
export {
  brokerHeartbeat,
  getBrokerMemberGroup,
  notifyMinBrokerIdChange,
  queryDataVersion,
  registerBroker,
  registerTopicInNamesrv,
  unregisterBroker,
} from './requests/registration.js';
export {
  exchangeBrokerHaInfo,
  getAllConsumerOffset,
  getAllDelayOffset,
  getBrokerEpochCache,
  getBrokerHaStatus,
  getTimerCheckPoint,
  getTimerMetrics,
  notifyBrokerRoleChanged,
  resetMasterFlushOffset,
} from './requests/replica.js';
export {
  addWritePermOfBroker,
  deleteTopicInNamesrv,
  getAllTopicListFromNameserver,
  getBrokerClusterInfo,
  getHasUnitSubTopicList,
  getHasUnitSubUnunitTopicList,
  getRouteinfoByTopic,
  getSystemTopicListFromNs,
  getTopicsByCluster,
  getUnitTopicList,
  wipeWritePermOfBroker,
} from './requests/route.js';
export {
  consumerSendMsgBack,
  pushReplyMessageToClient,
  recallMessage,
  sendBatchMessage,
  sendMessage,
  sendMessageV2,
  sendReplyMessage,
  sendReplyMessageV2,
} from './requests/send.js';
export {
  getBrokerConsumeStats,
  getConsumeStats,
  getTopicStatsInfo,
  queryConsumeTimeSpan,
  querySubscriptionByConsumer,
  queryTopicConsumeByWho,
  queryTopicsByConsumer,
  viewBrokerStatsData,
} from './requests/statistics.js';
export {
  cleanUnusedTopic,
  deleteTopicInBroker,
  getAllTopicConfig,
  getSystemTopicListFromBroker,
  getTopicConfig,
  getTopicConfigList,
  getTopicNameList,
  updateAndCreateStaticTopic,
  updateAndCreateTopic,
  updateAndCreateTopicList,
} from './requests/topic.js';
export { checkTransactionState, endTransaction, resumeCheckHalfMessage } from './requests/transaction.js';

/* Messages: records, batches, properties, ids. */
export {
  type BatchEntry,
  type BatchLimits,
  decodeBatch,
  encodeBatch,
  unwrapInnerBatch,
} from './message/batch-codec.js';
export {
  type BodyWithFlag,
  compressBody,
  type CompressOptions,
  decompressBody,
  DEFAULT_COMPRESS_LEVEL,
  DEFAULT_COMPRESS_THRESHOLD_BYTES,
  DEFAULT_MAX_BODY_BYTES,
} from './message/compression.js';
export { DEFAULT_DELAY_LEVELS, delayOfLevel, parseDelayLevels } from './message/delay-level.js';
export { addressBytes, formatHost, hostAddress, hostBytes, hostPort } from './message/host-bytes.js';
export {
  decodeOffsetMessageId,
  decodeUniqueId,
  encodeOffsetMessageId,
  uniqueIdGenerator,
  type UniqueIdGenerator,
  type UniqueIdParts,
} from './message/message-id.js';
export {
  closedProperties,
  decodeProperties,
  encodeProperties,
  findProperty,
  isReservedProperty,
  KEY_SEPARATOR,
  MessageProperty,
  propertyProblem,
  withoutProperty,
  withProperty,
} from './message/properties.js';
export {
  bodyChecksum,
  patchRecordOffsets,
  readRecord,
  recordSize,
  type SizedRecord,
  writeRecord,
} from './message/record-codec.js';
export {
  BLANK_SIZE,
  bodyAt,
  bodyLengthAt,
  bornHostSize,
  MAX_PROPERTIES_BYTES,
  MAX_V1_TOPIC_BYTES,
  MAX_V2_TOPIC_BYTES,
  MIN_RECORD_SIZE,
  preparedTransactionOffsetAt,
  PROPERTY_CRC_SIZE,
  reconsumeTimesAt,
  RecordAt,
  RecordMagic,
  storeHostAt,
  storeHostSize,
  storeTimestampAt,
} from './message/record-layout.js';
export { type DecodedRecord, type HostBytes, type StoredRecord } from './message/stored-record.js';
export {
  compressionAlgorithm,
  isCompressed,
  isInnerBatch,
  SysFlag,
  transactionType,
  type TransactionType,
  withCompression,
  withHostBits,
  withoutCompressedBit,
  withTransactionType,
} from './message/sys-flag.js';
export {
  javaStringHash,
  matchesTags,
  matchesTagsCode,
  parseTagExpression,
  SUB_ALL,
  tagsCode,
  type TagSubscription,
} from './message/tags.js';

/* Bodies. */
export { aclInfo, type AclInfo, aclInfoList, userInfo, type UserInfo, userInfoList } from './bodies/access-control.js';
export { bitSet, decodeBase64, encodeBase64 } from './bodies/base64.js';
export {
  consumerFilterData,
  type ConsumerFilterData,
  consumerFilterFile,
  type ConsumerFilterFile,
  consumerOrderInfoFile,
  type ConsumerOrderInfoFile,
  orderInfo,
  type OrderInfo,
} from './bodies/broker-files.js';
export {
  connection,
  type Connection,
  consumeByWho,
  type ConsumeByWho,
  consumerConnection,
  type ConsumerConnection,
  getConsumerListByGroupResponseBody,
  type GetConsumerListByGroupResponseBody,
  groupList,
  type GroupList,
  producerConnection,
  type ProducerConnection,
  producerInfo,
  type ProducerInfo,
  producerTableInfo,
  type ProducerTableInfo,
} from './bodies/client-connections.js';
export {
  consumeQueueData,
  type ConsumeQueueData,
  queryConsumeQueueResponseBody,
  type QueryConsumeQueueResponseBody,
} from './bodies/consume-queue-data.js';
export {
  consumerOffsetFile,
  type ConsumerOffsetFile,
  consumerOffsetSerializeWrapper,
  type ConsumerOffsetSerializeWrapper,
  delayOffsetSerializeWrapper,
  type DelayOffsetSerializeWrapper,
  getConsumerStatusBody,
  type GetConsumerStatusBody,
  lmqConsumerOffsetFile,
  type LmqConsumerOffsetFile,
  queryCorrectionOffsetBody,
  type QueryCorrectionOffsetBody,
  resetOffsetBody,
  type ResetOffsetBody,
} from './bodies/consumer-offset.js';
export {
  CM_RESULTS,
  type CMResult,
  consumeMessageDirectlyResult,
  type ConsumeMessageDirectlyResult,
  consumerRunningInfo,
  type ConsumerRunningInfo,
  consumeStatus,
  type ConsumeStatus,
  popProcessQueueInfo,
  type PopProcessQueueInfo,
  processQueueInfo,
  type ProcessQueueInfo,
} from './bodies/consumer-running-info.js';
export {
  compareDataVersions,
  dataVersion,
  type DataVersion,
  nextDataVersion,
  sameDataVersion,
} from './bodies/data-version.js';
export { type JsonLimits, parseJson } from './bodies/fastjson.js';
export {
  checkClientRequestBody,
  type CheckClientRequestBody,
  CONSUME_FROM_WHERE,
  CONSUME_TYPES,
  type ConsumeFromWhere,
  consumerData,
  type ConsumerData,
  type ConsumeType,
  heartbeatData,
  type HeartbeatData,
  MESSAGE_MODELS,
  type MessageModel,
  producerData,
  type ProducerData,
  querySubscriptionResponseBody,
  type QuerySubscriptionResponseBody,
  subscriptionData,
  type SubscriptionData,
} from './bodies/heartbeat.js';
export { kvTable, type KVTable } from './bodies/kv-table.js';
export {
  messageQueue,
  type MessageQueue,
  messageQueueForC,
  type MessageQueueForC,
  resetOffsetBodyForC,
  type ResetOffsetBodyForC,
} from './bodies/message-queue.js';
export {
  ackMsg,
  type AckMsg,
  batchAck,
  type BatchAck,
  batchAckMessageRequestBody,
  type BatchAckMessageRequestBody,
  batchAckMsg,
  type BatchAckMsg,
  MESSAGE_REQUEST_MODES,
  messageQueueAssignment,
  type MessageQueueAssignment,
  type MessageRequestMode,
  messageRequestModeSerializeWrapper,
  type MessageRequestModeSerializeWrapper,
  popCheckPoint,
  type PopCheckPoint,
  queryAssignmentRequestBody,
  type QueryAssignmentRequestBody,
  queryAssignmentResponseBody,
  type QueryAssignmentResponseBody,
  setMessageRequestModeRequestBody,
  type SetMessageRequestModeRequestBody,
} from './bodies/pop.js';
export {
  lockBatchRequestBody,
  type LockBatchRequestBody,
  lockBatchResponseBody,
  type LockBatchResponseBody,
  unlockBatchRequestBody,
  type UnlockBatchRequestBody,
} from './bodies/queue-lock.js';
export {
  decodeRegisterBrokerBody,
  encodeCompressedRegisterBrokerBody,
  MAX_REGISTRATION_BYTES,
  registerBrokerBody,
  type RegisterBrokerBody,
} from './bodies/register-broker.js';
export {
  brokerReplicasInfo,
  type BrokerReplicasInfo,
  brokerSyncInfo,
  type BrokerSyncInfo,
  electMasterResponseBody,
  type ElectMasterResponseBody,
  epochEntry,
  type EpochEntry,
  epochEntryCache,
  type EpochEntryCache,
  haClientRuntimeInfo,
  type HAClientRuntimeInfo,
  haConnectionRuntimeInfo,
  type HAConnectionRuntimeInfo,
  haRuntimeInfo,
  type HARuntimeInfo,
  roleChangeNotifyEntry,
  type RoleChangeNotifyEntry,
  syncStateSet,
  type SyncStateSet,
} from './bodies/replication.js';
export {
  brokerStatsData,
  type BrokerStatsData,
  brokerStatsItem,
  type BrokerStatsItem,
  consumeStats,
  type ConsumeStats,
  consumeStatsList,
  type ConsumeStatsList,
  offsetWrapper,
  type OffsetWrapper,
  queryConsumeTimeSpanBody,
  type QueryConsumeTimeSpanBody,
  queueTimeSpan,
  type QueueTimeSpan,
  rollbackStats,
  type RollbackStats,
  timerMetrics,
  type TimerMetrics,
  topicOffset,
  type TopicOffset,
  topicStatsTable,
  type TopicStatsTable,
  transactionMetrics,
  type TransactionMetrics,
} from './bodies/statistics.js';
export {
  customizedRetryPolicy,
  type CustomizedRetryPolicy,
  exponentialRetryPolicy,
  type ExponentialRetryPolicy,
  groupForbidden,
  type GroupForbidden,
  groupRetryPolicy,
  type GroupRetryPolicy,
  simpleSubscriptionData,
  type SimpleSubscriptionData,
  subscriptionGroupConfig,
  type SubscriptionGroupConfig,
  subscriptionGroupList,
  type SubscriptionGroupList,
  subscriptionGroupWrapper,
  type SubscriptionGroupWrapper,
} from './bodies/subscription-group.js';
export {
  createTopicListRequestBody,
  type CreateTopicListRequestBody,
  decodeTopicConfigLine,
  encodeTopicConfigLine,
  topicConfig,
  type TopicConfig,
  topicConfigAndMappingSerializeWrapper,
  type TopicConfigAndMappingSerializeWrapper,
  topicConfigAndQueueMapping,
  type TopicConfigAndQueueMapping,
  topicConfigSerializeWrapper,
  type TopicConfigSerializeWrapper,
  topicList,
  type TopicList,
} from './bodies/topic-config.js';
export {
  logicQueueMappingItem,
  type LogicQueueMappingItem,
  topicQueueMappingDetail,
  type TopicQueueMappingDetail,
  topicQueueMappingInfo,
  type TopicQueueMappingInfo,
  topicQueueMappingSerializeWrapper,
  type TopicQueueMappingSerializeWrapper,
} from './bodies/topic-queue-mapping.js';
export {
  brokerData,
  type BrokerData,
  brokerMemberGroup,
  type BrokerMemberGroup,
  clusterInfo,
  type ClusterInfo,
  getBrokerMemberGroupResponseBody,
  type GetBrokerMemberGroupResponseBody,
  MASTER_ID,
  queueData,
  type QueueData,
  topicRouteData,
  type TopicRouteData,
} from './bodies/topic-route.js';
