/** Middle of the values, or the mean of the two middle ones. Throws when there are none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('there is no median of nothing');
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half]!;
  return sorted.length % 2 === 1 ? upper : (sorted[half - 1]! + upper) / 2;
}

/** Nearest rank: the smallest value that is not below `fraction` (0 to 1) of all. `sorted` ascends; 0 when it is empty. */
export function percentile(sorted: ArrayLike<number>, fraction: number): number {
  if (sorted.length === 0) return 0;
  const rank = Math.ceil(fraction * sorted.length);
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1]!;
}

/** What one contestant is to the other: the median over the rounds both took part in, round by round, as noise comes and goes with time. */
export function ratio(ours: readonly number[], theirs: readonly number[]): number {
  const rounds = Math.min(ours.length, theirs.length);
  return median(Array.from({ length: rounds }, (_, round) => ours[round]! / theirs[round]!));
}

/** Who runs when: every round has everybody once, and every other round goes backwards so that nobody is always first. */
export function alternate<T>(contestants: readonly T[], rounds: number): T[][] {
  return Array.from({ length: rounds }, (_, round) => (round % 2 === 0 ? [...contestants] : contestants.toReversed()));
}
