import { type Random, seededRandom } from '@cometmq/runtime';

/**
 * A source of chance of its own for each purpose, so that one which draws more often (a fault more, a message less) does not
 * change what the others draw.
 */
export function randomFor(seed: number, purpose: string): Random {
  let mixed = seed >>> 0;
  for (const letter of purpose) mixed = (Math.imul(mixed ^ letter.codePointAt(0)!, 0x9e3779b1) + 0x7f4a7c15) >>> 0;
  return seededRandom(mixed);
}
