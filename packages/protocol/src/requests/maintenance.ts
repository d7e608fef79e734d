import { kvTable } from '../bodies/kv-table.js';
import { defineRequest } from '../schema/define-request.js';
import { int64, text, withDefault } from '../schema/field.js';
import { ofCluster, ofTopic } from './access.js';

/* Looking after a running broker. */

/** Declared by Apache, handled by nobody. */
export const triggerDeleteFiles = defineRequest({
  code: 27,
  name: 'TRIGGER_DELETE_FILES',
});

/** Figures of a running broker; keys in remoting-protocol, 11.8. */
export const getBrokerRuntimeInfo = defineRequest({
  code: 28,
  name: 'GET_BROKER_RUNTIME_INFO',
  responseBody: kvTable,
});

/** Deletes consume queue files whose messages are gone. */
export const cleanExpiredConsumequeue = defineRequest({
  code: 306,
  name: 'CLEAN_EXPIRED_CONSUMEQUEUE',
  access: [ofCluster(['update'])],
});

/** Deletes commit log files beyond retention now. */
export const deleteExpiredCommitlog = defineRequest({
  code: 329,
  name: 'DELETE_EXPIRED_COMMITLOG',
  access: [ofCluster(['update'])],
});

/**
 * Compares the consume queue in RocksDB with the one in files; always answers 2 and checks on. Answered with the JSON
 * text `{"checkResult":…,"checkStatus":n}`.
 */
export const checkRocksdbCqWriteProgress = defineRequest({
  code: 354,
  name: 'CHECK_ROCKSDB_CQ_WRITE_PROGRESS',
  access: [ofTopic(['get'])],
  request: {
    topic: text(),
    checkStoreTime: withDefault(int64(), 0),
  },
});

/** Writes metadata kept in RocksDB to JSON files. configType: topics, subscriptionGroups, consumerOffsets with `;`. */
export const exportRocksdbConfigToJson = defineRequest({
  code: 355,
  name: 'EXPORT_ROCKSDB_CONFIG_TO_JSON',
  access: [ofCluster(['get'])],
  request: {
    configType: text(),
  },
});
