import type { Results } from '../results.js';

export interface Verdict {
  readonly text: string;
  readonly value: number;
  readonly met: boolean;
}

interface Target {
  /** Cases it is about; one verdict each. */
  readonly cases: RegExp;
  readonly text: string;
  figure(results: Results, id: string): number | undefined;
  met(value: number): boolean;
}

const atLeast = (limit: number) => (value: number) => value >= limit;
const below = (limit: number) => (value: number) => value < limit;
const against =
  (theirs: string, ours = 'comet') =>
  (results: Results, id: string) =>
    results.ratio(id, ours, theirs);

const targets: readonly Target[] = [
  {
    cases: /^apache\/(sync-\d|async|batch|consume)/,
    text: 'at least 1.5 x Apache',
    figure: against('apache'),
    met: atLeast(1.5),
  },
  { cases: /^apache\/sync-flush/, text: 'at least 2 x Apache', figure: against('apache'), met: atLeast(2) },
  {
    cases: /^apache\/(sync|async|batch|consume)/,
    text: "server time per message at most 1/3 of Apache's",
    figure: (results, id) => results.ratio(id, 'comet', 'apache', 'serverUs'),
    met: (value) => value <= 1 / 3,
  },
  {
    cases: /^apache\/start-up$/,
    text: 'below 500 ms',
    figure: (results, id) => results.median(id, 'comet'),
    met: below(500),
  },
  {
    cases: /^apache\/memory-idle$/,
    text: 'below 100 MiB',
    figure: (results, id) => results.median(id, 'comet'),
    met: below(100),
  },
  ...(['comet-tcp', 'comet-ws'] as const).map((ours): Target => ({
    cases: /^peers\/window-256/,
    text: `${ours} at least 1.5 x Redis`,
    figure: against('redis', ours),
    met: atLeast(1.5),
  })),
  {
    cases: /^peers\/round-trip/,
    text: 'at least 0.9 of the bare round trip',
    figure: against('bare', 'comet-tcp'),
    met: atLeast(0.9),
  },
  { cases: /^peers\/consume/, text: 'at least 1.5 x NATS', figure: against('nats', 'comet-tcp'), met: atLeast(1.5) },
  {
    cases: /^peers\/cold/,
    text: 'below 150 ms',
    figure: (results, id) => results.median(id, 'comet-tcp'),
    met: below(150),
  },
];

/** What was promised and measured; what was not measured in this run is left out. */
export function verdicts(results: Results): Verdict[] {
  return targets.flatMap(({ cases, text, figure, met }) =>
    results
      .cases()
      .filter(({ id }) => cases.test(id))
      .flatMap(({ id }): Verdict[] => {
        const value = figure(results, id);
        return value === undefined ? [] : [{ text: `${id}: ${text}`, value, met: met(value) }];
      }),
  );
}
