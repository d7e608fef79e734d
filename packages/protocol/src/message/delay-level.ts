import { ProtocolError } from '../protocol-error.js';

/** Apache's messageDelayLevel: level 1 is the first. */
export const DEFAULT_DELAY_LEVELS = '1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Parses `1s 5s 1m 2h 1d …` into milliseconds, level 1 at index 0.
 * Throws ProtocolError naming the part that is no number with a unit.
 */
export function parseDelayLevels(text: string): readonly number[] {
  return text
    .split(' ')
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^(\d{1,10})([smhd])$/.exec(part);
      if (match === null)
        throw new ProtocolError(`delay level ${JSON.stringify(part)}: expected a number and s, m, h or d`);
      return Number(match[1]) * UNIT_MS[match[2]!]!;
    });
}

/**
 * Delay of a level; levels beyond the last count as the last. 0 for level 0 and below.
 */
export function delayOfLevel(levels: readonly number[], level: number): number {
  if (level <= 0 || levels.length === 0) return 0;
  return levels[Math.min(level, levels.length) - 1]!;
}
