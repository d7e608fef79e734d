import { tagHash } from '@cometmq/protocol';
import type { MessageFilter } from '@cometmq/store';

/** Tags that one subscription may name; longer lists are refused. */
export const MAX_TAGS = 1_024;

export const TAG_EXPRESSION = 'TAG';

/** An expression that is no list of tags. */
export class SubscriptionError extends Error {
  override readonly name = 'SubscriptionError';
}

/** True for TAG subscriptions: the type may be missing (old clients) or empty. */
export function isTagType(expressionType: string | undefined): boolean {
  return expressionType === undefined || expressionType === '' || expressionType === TAG_EXPRESSION;
}

/**
 * The filter of `A || B` by the hash that stands in the queue entry; undefined when everything matches (`*` or empty).
 * Different tags with one hash pass: the client compares the text (broker-semantics, 2.5). Throws SubscriptionError.
 */
export function tagFilter(expression: string | undefined): MessageFilter | undefined {
  if (expression === undefined || expression === '' || expression === '*') return undefined;
  const tags = expression
    .split('||')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  if (tags.length === 0) throw new SubscriptionError(`the subscription "${expression.slice(0, 100)}" names no tag`);
  if (tags.length > MAX_TAGS) throw new SubscriptionError(`the subscription names ${tags.length} tags; ${MAX_TAGS} are the most`);
  const hashes = new Set(tags.map(tagHash));
  // Only the low 32 bits count: the entry holds the hash as a 64-bit number.
  return { matchesEntry: (tagsCode) => hashes.has(tagsCode | 0) };
}
