import { findProperty, KEY_SEPARATOR, MessageProperty } from '@cometmq/protocol';

const HASH_SIGN = 0x23;

/** The hash under which a key of a topic stands in the index: Java's of `topic#key`, made positive (store-format, section 7). */
export function keyHash(topic: string, key: string): number {
  return positive(extend(topicHash(topic), key));
}

/** Appends the hashes of a message's keys, in the order in which they are indexed: UNIQ_KEY, then each word of KEYS. */
export function addKeyHashes(topic: string, properties: string, into: number[]): void {
  const uniqueKey = findProperty(properties, MessageProperty.UNIQ_KEY);
  const keys = findProperty(properties, MessageProperty.KEYS);
  if (uniqueKey === undefined && keys === undefined) return;
  const hash = topicHash(topic);
  if (uniqueKey !== undefined) into.push(positive(extend(hash, uniqueKey)));
  if (keys === undefined) return;
  for (const key of keys.split(KEY_SEPARATOR)) if (key !== '') into.push(positive(extend(hash, key)));
}

function topicHash(topic: string): number {
  return (Math.imul(extend(0, topic), 31) + HASH_SIGN) | 0;
}

/** Java's String.hashCode of a text whose first part has the hash `from`. */
function extend(from: number, text: string): number {
  let hash = from;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}

/** The smallest int has no positive counterpart and counts as 0, as in IndexFile.java. */
function positive(hash: number): number {
  return hash === -0x8000_0000 ? 0 : Math.abs(hash);
}
