import type { CaseResult, Results, Sample, Unit } from '../results.js';
import { median, ratio } from '../statistics.js';
import type { Verdict } from './targets.js';

const isOurs = (name: string): boolean => name.startsWith('comet');

/** Figures of a case, a line per contestant. */
export function caseLines({ id, unit, samples }: CaseResult): string[] {
  return [...samples].map(([name, list], index) => {
    const value = median(list.map((sample) => sample.value));
    const parts = [(index === 0 ? id : '').padEnd(32), name.padEnd(10), `${formatValue(value)} ${unit}`.padStart(15)];
    const part = (label: string, field: 'p50Us' | 'p99Us' | 'serverUs' | 'clientUs'): void => {
      const values = list.map((sample) => sample[field]).filter((one) => one !== undefined);
      if (values.length > 0) parts.push(`${label} ${formatValue(median(values))} us`.padStart(18));
    };
    part('p50', 'p50Us');
    part('p99', 'p99Us');
    part('server', 'serverUs');
    part('client', 'clientUs');
    const errors = list.reduce((total, sample) => total + (sample.errors ?? 0), 0);
    if (errors > 0) parts.push(`${errors} errors`);
    return parts.join(' ').trimEnd();
  });
}

/** Above this share of the machine that others took, figures say little. */
const quietShare = 0.1;

/** A warning when the machine had other things to do. */
export function noiseWarning(foreignShare: number | undefined): string | undefined {
  if (foreignShare === undefined || foreignShare <= quietShare) return undefined;
  const percent = Math.round(foreignShare * 100);
  return `Other programs took ${percent} % of the processors during these runs: repeat them on a quiet machine.`;
}

export interface RatioRow {
  readonly id: string;
  readonly unit: Unit;
  readonly ours: string;
  readonly theirs: string;
  /** Ours to theirs; of times and sizes the smaller the better. */
  readonly value: number;
  readonly serverTime: number | undefined;
}

/** Ours to every other one, case by case. */
export function ratioRows(results: Results): RatioRow[] {
  return results.cases().flatMap(({ id, unit, samples }) => {
    const names = [...samples.keys()];
    const others = names.filter((name) => !isOurs(name));
    return names.filter(isOurs).flatMap((ours) =>
      others.map((theirs) => ({
        id,
        unit,
        ours,
        theirs,
        value: ratio(valuesOf(samples.get(ours)!), valuesOf(samples.get(theirs)!)),
        serverTime: results.ratio(id, ours, theirs, 'serverUs'),
      })),
    );
  });
}

const valuesOf = (samples: readonly Sample[]): number[] => samples.map(({ value }) => value);

const meaning = (unit: Unit): string => (unit === 'msg/s' ? '' : `less is better (${unit})`);

export function formatRatios(rows: readonly RatioRow[]): string {
  const line = (id: string, pair: string, value: string, serverTime: string): string =>
    `${id.padEnd(32)}${pair.padEnd(26)}${value.padStart(6)}  ${serverTime}`.trimEnd();
  return [
    line('case', 'ratio of', 'ratio', 'server processor time per message, ratio'),
    ...rows.map(({ id, unit, ours, theirs, value, serverTime }) =>
      line(id, `${ours} : ${theirs}`, value.toFixed(2), serverTime?.toFixed(2) ?? meaning(unit)),
    ),
  ].join('\n');
}

export function formatVerdicts(verdicts: readonly Verdict[]): string {
  return verdicts
    .map(({ text, value, met }) => `${met ? 'met    ' : 'NOT MET'}  ${text.padEnd(64)} ${formatValue(value)}`)
    .join('\n');
}

export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return value >= 100 ? Math.round(value).toLocaleString('en-US').replaceAll(',', ' ') : value.toFixed(2);
}

/** The same as Markdown, for the stored baseline. */
export function markdown(rows: readonly RatioRow[], verdicts: readonly Verdict[]): string {
  const ratios = rows.map(
    ({ id, unit, ours, theirs, value, serverTime }) =>
      `| ${id} | ${ours} : ${theirs} | ${value.toFixed(2)} | ${serverTime?.toFixed(2) ?? meaning(unit)} |`,
  );
  const targets = verdicts.map(
    ({ text, value, met }) => `| ${text} | ${formatValue(value)} | ${met ? 'met' : 'not met'} |`,
  );
  return [
    '| case | ratio of | ratio | server processor time per message, ratio |',
    '|---|---|---|---|',
    ...ratios,
    '',
    '| target | figure | |',
    '|---|---|---|',
    ...targets,
    '',
  ].join('\n');
}
