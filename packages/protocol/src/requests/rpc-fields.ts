import { boolean, optional, text } from '../schema/field.js';

/** Fields that 5.x clients may add to most headers (RpcRequestHeader). No server may require them. */
export const rpcFields = {
  /** Namespace, of clients with namespaceV2. */
  ns: optional(text()),
  /** The names in the header already start with the namespace. */
  nsd: optional(boolean()),
  /** Name of the broker that is meant; from Java since 4.9.5, from Go always. Proxies and static topics need it. */
  bname: optional(text()),
  /** The caller does not wait: a hint for proxies. */
  oway: optional(boolean()),
} as const;

/** The same for headers about a topic (TopicRequestHeader). */
export const topicRpcFields = {
  ...rpcFields,
  /** The queue is one of a static topic's logical queues. */
  lo: optional(boolean()),
} as const;
