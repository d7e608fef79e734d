import type { Disk } from '@cometmq/runtime';
import { StoreError } from './store-error.js';

/** RocksDB keeps the name of its newest manifest in this file: no directory of one is without it. */
const ROCKSDB_MARK = 'CURRENT';

/** Where Apache's newer versions put a RocksDB, and which of their settings does it. */
const ROCKSDB_DIRECTORIES: readonly (readonly [path: string, what: string])[] = [
  ['consumequeue', 'consume queues (storeType=defaultRocksDB or rocksdbCQDoubleWriteEnable=true)'],
  ['config/topics', 'topics (realTimePersistRocksDBConfig or storeType=defaultRocksDB, RocksDBTopicConfigManager)'],
  ['config/subscriptionGroups', 'consumer groups (RocksDBSubscriptionGroupManager)'],
  ['config/consumerOffsets', "groups' progress (RocksDBConsumerOffsetManager)"],
  ['config/rdb', 'topics, groups and progress (configManagerVersion=v2)'],
  ['kvStore', 'messages handed out by POP (popConsumerKVServiceEnable=true)'],
];

/** DLedgerCommitLog keeps its log in `dledger-<node>`, each record inside an entry of its own. */
const DLEDGER_DIRECTORY = /^dledger-/;

/** Why a directory has parts that this store cannot read, in words; undefined when all of them are known. */
export function foreignFormat(disk: Disk, root: string): string | undefined {
  for (const [path, what] of ROCKSDB_DIRECTORIES) {
    if (disk.statSync(`${root}/${path}/${ROCKSDB_MARK}`) === undefined) continue;
    return (
      `${root}/${path} is a RocksDB with ${what}, which is not supported: ` +
      `start Apache's broker with storeType=default and configManagerVersion=v1 to have files written`
    );
  }
  const dledger = disk.listSync(root).find(({ name, directory }) => directory && DLEDGER_DIRECTORY.test(name));
  if (dledger === undefined) return undefined;
  return `${root}/${dledger.name} is a DLedger commit log (enableDLegerCommitLog=true), which is not supported`;
}

/** Throws StoreError UNSUPPORTED when a directory has parts that this store cannot read. */
export function refuseForeignFormat(disk: Disk, root: string): void {
  const reason = foreignFormat(disk, root);
  if (reason !== undefined) throw new StoreError('UNSUPPORTED', reason);
}
