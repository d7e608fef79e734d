/** Milliseconds, or a text like `'500ms'`, `'10s'`, `'2h'`, `'1h 30m'`, `'1d'`. */
export type Duration = number | string;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PART = /(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)/g;
const WHOLE = /^\s*(?:\d+(?:\.\d+)?\s*(?:ms|s|m|h|d)\s*)+$/;

/** In milliseconds. Throws TypeError for what is none, or is negative. */
export function durationMs(duration: Duration): number {
  if (typeof duration === 'number') {
    if (Number.isFinite(duration) && duration >= 0) return duration;
  } else if (WHOLE.test(duration)) {
    let sum = 0;
    for (const [, count, unit] of duration.matchAll(PART)) sum += Number(count) * UNITS[unit!]!;
    return sum;
  }
  throw new TypeError(
    `${JSON.stringify(duration)} is no duration: give milliseconds, or a text like '500ms', '10s' or '1h 30m'`,
  );
}

/** For people: `10 s`, `2 h`, `1.5 s`. */
export function durationText(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = UNITS[unit]!;
    if (ms >= size && ms % (size / 10) === 0) return `${ms / size} ${unit}`;
  }
  return ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms)} ms`;
}
