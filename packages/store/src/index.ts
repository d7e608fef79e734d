export { LocalMessageStore, openMessageStore, type StorePorts } from './message-store.js';
export { isStoreOption, type MessageStoreOptions, parseStoreOption } from './options.js';
export type {
  MessageFilter,
  MessageReader,
  MessageStore,
  MessageToStore,
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
