/**
 * Names inside a namespace (remoting-protocol 10.1): `namespace%name`, `%RETRY%namespace%group`. System topics are never
 * wrapped.
 */
import { DLQ_TOPIC_PREFIX, isSystemTopic, RETRY_TOPIC_PREFIX } from '@cometmq/protocol';

const PREFIXES: readonly string[] = [RETRY_TOPIC_PREFIX, DLQ_TOPIC_PREFIX];

function prefixOf(name: string): string {
  return PREFIXES.find((prefix) => name.startsWith(prefix)) ?? '';
}

/** The name as the servers know it. */
export function withNamespace(namespace: string | undefined, name: string): string {
  if (namespace === undefined || namespace === '' || isSystemTopic(name)) return name;
  const prefix = prefixOf(name);
  const rest = name.slice(prefix.length);
  return rest.startsWith(`${namespace}%`) ? name : `${prefix}${namespace}%${rest}`;
}

/** The name as the user knows it. */
export function withoutNamespace(namespace: string | undefined, name: string): string {
  if (namespace === undefined || namespace === '') return name;
  const prefix = prefixOf(name);
  const rest = name.slice(prefix.length);
  return rest.startsWith(`${namespace}%`) ? prefix + rest.slice(namespace.length + 1) : name;
}
