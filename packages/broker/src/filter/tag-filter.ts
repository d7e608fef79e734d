import { parseTagExpression, ProtocolError } from '@cometmq/protocol';
import type { MessageFilter } from '@cometmq/store';

/** Tags that one subscription may name; longer lists are refused. */
export const MAX_TAGS = 1_024;

const TAG_EXPRESSION = 'TAG';

/** True for TAG subscriptions: the type may be missing (old clients) or empty. */
export function isTagType(expressionType: string | undefined): boolean {
  return expressionType === undefined || expressionType === '' || expressionType === TAG_EXPRESSION;
}

/**
 * The filter of `A || B` by the hash that stands in the queue entry; undefined when everything matches (`*` or empty).
 * Different tags with one hash pass: the client compares the text (broker-semantics, 2.5).
 * Throws ProtocolError when the expression names no tag or too many.
 */
export function tagFilter(expression: string | undefined): MessageFilter | undefined {
  const { codeSet } = parseTagExpression(expression);
  if (codeSet.length === 0) return undefined;
  if (codeSet.length > MAX_TAGS) {
    throw new ProtocolError(`the subscription names ${codeSet.length} tags; ${MAX_TAGS} are the most`);
  }
  const codes = new Set(codeSet);
  // Only the low 32 bits count: the entry holds the hash as a 64-bit number.
  return { matchesEntry: (tagsCode) => codes.has(tagsCode | 0) };
}
