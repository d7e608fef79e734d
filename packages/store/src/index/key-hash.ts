import { findProperty, KEY_SEPARATOR, MessageProperty } from '@cometmq/protocol';
import type { FoundProperties } from '../ports.js';

const HASH_SIGN = 0x23;

/** The hash under which a key of a topic stands in the index: Java's of `topic#key`, made positive (store-format, section 7). */
export function keyHash(topic: string, key: string): number {
  return positive(extend(topicHash(topic), key));
}

/**
 * Appends the hashes of a message's keys, in the order in which they are indexed: UNIQ_KEY, then each word of KEYS.
 * `found`: what stands in the properties, if that is known.
 */
export function addKeyHashes(topic: string, properties: string, into: number[], found?: FoundProperties): void {
  const uniqueKey = found === undefined ? findProperty(properties, MessageProperty.UNIQ_KEY) : found.uniqKey;
  const keys = found === undefined ? findProperty(properties, MessageProperty.KEYS) : found.keys;
  if (uniqueKey === undefined && keys === undefined) return;
  const hash = topicHash(topic);
  if (uniqueKey !== undefined) into.push(positive(extend(hash, uniqueKey)));
  if (keys === undefined) return;
  for (const key of keys.split(KEY_SEPARATOR)) if (key !== '') into.push(positive(extend(hash, key)));
}

let lastTopic = '';
/** Java's hash of an empty topic is 0. */
let lastHash = HASH_SIGN;

/** Of the topic and the sign behind it. Messages of one topic often come together. */
function topicHash(topic: string): number {
  if (topic !== lastTopic) {
    lastTopic = topic;
    lastHash = (Math.imul(extend(0, topic), 31) + HASH_SIGN) | 0;
  }
  return lastHash;
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
