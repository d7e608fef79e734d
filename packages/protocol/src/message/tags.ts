import { ProtocolError } from '../protocol-error.js';

/** The whole topic. */
export const SUB_ALL = '*';

/** Java's String.hashCode: over UTF-16 code units, signed 32 bit. Tags and queue entries are matched by it. */
export function javaStringHash(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}

/** What a queue entry holds for a message: the hash of the whole TAGS text, 0 without tags (store-format, section 4.1). */
export function tagsCode(tags: string | undefined): number {
  return tags === undefined ? 0 : javaStringHash(tags);
}

/** The parts of a subscription that come from its expression; empty sets mean all messages. */
export interface TagSubscription {
  readonly subString: string;
  readonly tagsSet: readonly string[];
  readonly codeSet: readonly number[];
}

/**
 * Parses `TagA || TagB` as Apache's FilterAPI does: parts are trimmed, empty ones dropped; `*`, nothing and undefined
 * mean all. Throws ProtocolError when only separators are left.
 */
export function parseTagExpression(expression: string | undefined): TagSubscription {
  if (expression === undefined || expression === '' || expression === SUB_ALL) {
    return { subString: SUB_ALL, tagsSet: [], codeSet: [] };
  }
  const parts = expression.split('||');
  if (parts.every((part) => part === '')) {
    throw new ProtocolError(`tag expression ${JSON.stringify(expression)} names no tag`);
  }
  const tags = new Set(parts.map((part) => javaTrim(part)).filter((tag) => tag !== ''));
  return { subString: expression, tagsSet: [...tags], codeSet: [...new Set([...tags].map(javaStringHash))] };
}

/** Java's trim: everything up to and including the space, not Unicode's white space. */
function javaTrim(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && text.charCodeAt(from) <= 0x20) from++;
  while (to > from && text.charCodeAt(to - 1) <= 0x20) to--;
  return text.slice(from, to);
}

/** The broker's test, by the queue entry alone: different tags may share a code. */
export function matchesTagsCode(
  subscription: { readonly subString: string; readonly codeSet: { has(code: number): boolean } },
  code: number,
): boolean {
  return subscription.subString === SUB_ALL || subscription.codeSet.has(code | 0);
}

/** The consumer's test, by the text: messages without tags never match a tag expression. */
export function matchesTags(subscription: Pick<TagSubscription, 'tagsSet'>, tags: string | undefined): boolean {
  return subscription.tagsSet.length === 0 || (tags !== undefined && subscription.tagsSet.includes(tags));
}
