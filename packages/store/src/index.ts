export { LocalMessageStore, openMessageStore, type StorePorts } from './message-store.js';
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
