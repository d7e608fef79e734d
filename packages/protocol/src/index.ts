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
export { decodeHeader } from './frame/scanned-command.js';
export { FrameDecoder, type FrameDecoderOptions } from './frame/frame-decoder.js';
export { bodyLength, bodySlices, type BodyWriter, type FrameBody } from './frame/frame-body.js';
export { FrameWriter, type RequestFrame, type ResponseFrame } from './frame/frame-encoder.js';
export { PreparedRequest, prepareRequest, type VaryingFields, type VaryingValues } from './frame/prepared-request.js';
export { type JsonHeader, PreparedSendAnswers, type SendAnswer } from './frame/prepared-answer.js';
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

/* Bodies. */
export {
  type BatchEntry,
  type BatchLimits,
  decodeBatch,
  BatchBody,
  type BatchPart,
  encodeBatch,
  unwrapInnerBatch,
} from './message/batch-codec.js';
export {
  readClampedInt64,
  readInt16,
  readInt32,
  readInt64,
  writeInt16,
  writeInt32,
  writeInt64,
} from './message/big-endian.js';
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
  type UniqueIdGenerator,
  uniqueIdGenerator,
  type UniqueIdOptions,
  type UniqueIdParts,
  UniqueIds,
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
export { checkPropertyCrc, type Crc32, type PropertyCrcVerdict, sealPropertyCrc } from './message/property-crc.js';
export { checkRecord, type RecordCheckOptions, type RecordVerdict } from './message/record-check.js';
export {
  bodyChecksum,
  patchRecordOffsets,
  readRecord,
  records,
  recordSize,
  type SizedRecord,
  writeRecord,
} from './message/record-codec.js';
export {
  recordBody,
  recordBodyCrc,
  recordBornHost,
  recordBornTimestamp,
  type RecordFault,
  recordFlag,
  recordMagic,
  type RecordParts,
  recordParts,
  recordPhysicalOffset,
  recordPreparedTransactionOffset,
  recordProperties,
  recordProperty,
  recordQueueId,
  recordQueueOffset,
  recordReconsumeTimes,
  recordStoreHost,
  recordStoreTimestamp,
  recordSysFlag,
  recordTags,
  recordTopic,
  recordTotalSize,
} from './message/record-fields.js';
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
export type { DecodedRecord, HostBytes, StoredRecord } from './message/stored-record.js';
export {
  compressionAlgorithm,
  isCompressed,
  isInnerBatch,
  SysFlag,
  type TransactionType,
  transactionType,
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
export { type AclInfo, aclInfo, aclInfoList, type UserInfo, userInfo, userInfoList } from './bodies/access-control.js';
export { bitSet, decodeBase64, encodeBase64 } from './bodies/base64.js';
export { formatConfigJson, type Infer, type JsonBody, type JsonShape } from './bodies/body-shape.js';
export {
  type ConsumerFilterData,
  consumerFilterData,
  type ConsumerFilterFile,
  consumerFilterFile,
  type ConsumerOrderInfoFile,
  consumerOrderInfoFile,
  type OrderInfo,
  orderInfo,
} from './bodies/broker-files.js';
export {
  type Connection,
  connection,
  type ConsumeByWho,
  consumeByWho,
  type ConsumerConnection,
  consumerConnection,
  type GetConsumerListByGroupResponseBody,
  getConsumerListByGroupResponseBody,
  type GroupList,
  groupList,
  type ProducerConnection,
  producerConnection,
  type ProducerInfo,
  producerInfo,
  type ProducerTableInfo,
  producerTableInfo,
} from './bodies/client-connections.js';
export {
  type ConsumeQueueData,
  consumeQueueData,
  type QueryConsumeQueueResponseBody,
  queryConsumeQueueResponseBody,
} from './bodies/consume-queue-data.js';
export {
  type ConsumerOffsetFile,
  consumerOffsetFile,
  type ConsumerOffsetSerializeWrapper,
  consumerOffsetSerializeWrapper,
  type DelayOffsetSerializeWrapper,
  delayOffsetSerializeWrapper,
  type GetConsumerStatusBody,
  getConsumerStatusBody,
  type LmqConsumerOffsetFile,
  lmqConsumerOffsetFile,
  type QueryCorrectionOffsetBody,
  queryCorrectionOffsetBody,
  type ResetOffsetBody,
  resetOffsetBody,
} from './bodies/consumer-offset.js';
export {
  CM_RESULTS,
  type CMResult,
  type ConsumeMessageDirectlyResult,
  consumeMessageDirectlyResult,
  type ConsumerRunningInfo,
  consumerRunningInfo,
  type ConsumeStatus,
  consumeStatus,
  type PopProcessQueueInfo,
  popProcessQueueInfo,
  type ProcessQueueInfo,
  processQueueInfo,
} from './bodies/consumer-running-info.js';
export {
  compareDataVersions,
  type DataVersion,
  dataVersion,
  nextDataVersion,
  sameDataVersion,
} from './bodies/data-version.js';
export { type JsonLimits, parseJson } from './bodies/fastjson.js';
export {
  type CheckClientRequestBody,
  checkClientRequestBody,
  CONSUME_FROM_WHERE,
  CONSUME_TYPES,
  type ConsumeFromWhere,
  type ConsumerData,
  consumerData,
  type ConsumeType,
  type HeartbeatData,
  heartbeatData,
  heartbeatFingerprint,
  MESSAGE_MODELS,
  type MessageModel,
  type ProducerData,
  producerData,
  type QuerySubscriptionResponseBody,
  querySubscriptionResponseBody,
  type SubscriptionData,
  subscriptionData,
} from './bodies/heartbeat.js';
export { type JsonObject, type JsonValue, KeyedEntries } from './bodies/json-value.js';
export type { JsonForm } from './bodies/json-writer.js';
export { type KVTable, kvTable } from './bodies/kv-table.js';
export {
  type MessageQueue,
  messageQueue,
  type MessageQueueForC,
  messageQueueForC,
  type ResetOffsetBodyForC,
  resetOffsetBodyForC,
} from './bodies/message-queue.js';
export { type OffsetMovedEvent, offsetMovedEvent } from './bodies/offset-moved-event.js';
export {
  type AckMsg,
  ackMsg,
  type BatchAck,
  batchAck,
  type BatchAckMessageRequestBody,
  batchAckMessageRequestBody,
  type BatchAckMsg,
  batchAckMsg,
  MESSAGE_REQUEST_MODES,
  type MessageQueueAssignment,
  messageQueueAssignment,
  type MessageRequestMode,
  type MessageRequestModeSerializeWrapper,
  messageRequestModeSerializeWrapper,
  type PopCheckPoint,
  popCheckPoint,
  type QueryAssignmentRequestBody,
  queryAssignmentRequestBody,
  type QueryAssignmentResponseBody,
  queryAssignmentResponseBody,
  type SetMessageRequestModeRequestBody,
  setMessageRequestModeRequestBody,
} from './bodies/pop.js';
export {
  type LockBatchRequestBody,
  lockBatchRequestBody,
  type LockBatchResponseBody,
  lockBatchResponseBody,
  type UnlockBatchRequestBody,
  unlockBatchRequestBody,
} from './bodies/queue-lock.js';
export {
  decodeRegisterBrokerBody,
  encodeCompressedRegisterBrokerBody,
  MAX_REGISTRATION_BYTES,
  type RegisterBrokerBody,
  registerBrokerBody,
} from './bodies/register-broker.js';
export {
  type BrokerReplicasInfo,
  brokerReplicasInfo,
  type BrokerSyncInfo,
  brokerSyncInfo,
  type ElectMasterResponseBody,
  electMasterResponseBody,
  type EpochEntry,
  epochEntry,
  type EpochEntryCache,
  epochEntryCache,
  type HAClientRuntimeInfo,
  haClientRuntimeInfo,
  type HAConnectionRuntimeInfo,
  haConnectionRuntimeInfo,
  type HARuntimeInfo,
  haRuntimeInfo,
  type RoleChangeNotifyEntry,
  roleChangeNotifyEntry,
  type SyncStateSet,
  syncStateSet,
} from './bodies/replication.js';
export {
  type BrokerStatsData,
  brokerStatsData,
  type BrokerStatsItem,
  brokerStatsItem,
  type ConsumeStats,
  consumeStats,
  type ConsumeStatsList,
  consumeStatsList,
  type OffsetWrapper,
  offsetWrapper,
  type QueryConsumeTimeSpanBody,
  queryConsumeTimeSpanBody,
  type QueueTimeSpan,
  queueTimeSpan,
  type RollbackStats,
  rollbackStats,
  type TimerMetrics,
  timerMetrics,
  type TopicOffset,
  topicOffset,
  type TopicStatsTable,
  topicStatsTable,
  type TransactionMetrics,
  transactionMetrics,
} from './bodies/statistics.js';
export {
  type CustomizedRetryPolicy,
  customizedRetryPolicy,
  type ExponentialRetryPolicy,
  exponentialRetryPolicy,
  type GroupForbidden,
  groupForbidden,
  type GroupRetryPolicy,
  groupRetryPolicy,
  type SimpleSubscriptionData,
  simpleSubscriptionData,
  type SubscriptionGroupConfig,
  subscriptionGroupConfig,
  type SubscriptionGroupList,
  subscriptionGroupList,
  type SubscriptionGroupWrapper,
  subscriptionGroupWrapper,
} from './bodies/subscription-group.js';
export {
  type CreateTopicListRequestBody,
  createTopicListRequestBody,
  decodeTopicConfigLine,
  encodeTopicConfigLine,
  type TopicConfig,
  topicConfig,
  type TopicConfigAndMappingSerializeWrapper,
  topicConfigAndMappingSerializeWrapper,
  type TopicConfigAndQueueMapping,
  topicConfigAndQueueMapping,
  type TopicConfigSerializeWrapper,
  topicConfigSerializeWrapper,
  type TopicList,
  topicList,
} from './bodies/topic-config.js';
export {
  type LogicQueueMappingItem,
  logicQueueMappingItem,
  type TopicQueueMappingDetail,
  topicQueueMappingDetail,
  type TopicQueueMappingInfo,
  topicQueueMappingInfo,
  type TopicQueueMappingSerializeWrapper,
  topicQueueMappingSerializeWrapper,
} from './bodies/topic-queue-mapping.js';
export {
  type BrokerData,
  brokerData,
  type BrokerMemberGroup,
  brokerMemberGroup,
  type ClusterInfo,
  clusterInfo,
  type GetBrokerMemberGroupResponseBody,
  getBrokerMemberGroupResponseBody,
  MASTER_ID,
  type QueueData,
  queueData,
  type TopicRouteData,
  topicRouteData,
} from './bodies/topic-route.js';
