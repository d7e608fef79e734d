export { LocalMessageStore, openMessageStore, type StorePorts } from './message-store.js';
export type { GroupProgress } from './offline/group-progress.js';
export { repairStore, type Repaired, type RepairOptions, type RepairPorts } from './offline/repair.js';
export { describeStep, planRepair, type RepairStep } from './offline/repair-plan.js';
export type { DamagedConfig, Finding, Room, VerifyReport } from './offline/report.js';
export type { VerifyOptions } from './offline/verify.js';
export type { OfflinePorts } from './offline/store-files.js';
export { StoreMessage } from './offline/store-message.js';
export {
  type IndexFileFacts,
  type KeyRange,
  openStoreReader,
  type QueueRange,
  type ReadRange,
  type ScanRange,
  StoreReader,
  type StoreReaderOptions,
} from './offline/store-reader.js';
export type {
  KeyQueryResult,
  MessageFilter,
  MessageIndex,
  MessageReader,
  MessageStore,
  MessageToStore,
  FoundProperties,
  MessageWriter,
  PutResult,
  PutStatus,
  QueueEntry,
  QueueOffsets,
  ReadRequest,
  ReadResult,
  ReadStatus,
  Refused,
  StoreCondition,
  Stored,
  StoreStatus,
} from './ports.js';
export { StoreError, type StoreErrorCode } from './store-error.js';
export {
  type MessageStoreOptions,
  type ResolvedStoreOptions,
  resolveStoreOptions,
  storeOptions,
} from './store-options.js';
export type { StoreSettings } from './store-settings.js';
