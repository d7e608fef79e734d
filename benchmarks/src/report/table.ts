import type { CaseResult, Results, Sample } from '../results.js';
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

export interface RatioRow {
  readonly id: string;
  readonly ours: string;
  readonly theirs: string;
  /** Ours to theirs. */
  readonly value: number;
  readonly serverTime: number | undefined;
}

/** Ours to every other one, case by case. */
export function ratioRows(results: Results): RatioRow[] {
  return results.cases().flatMap(({ id, samples }) => {
    const names = [...samples.keys()];
    const others = names.filter((name) => !isOurs(name));
    return names.filter(isOurs).flatMap((ours) =>
      others.map((theirs) => ({
        id,
        ours,
        theirs,
        value: ratio(pick(samples.get(ours)!, 'value'), pick(samples.get(theirs)!, 'value')),
        serverTime: results.ratio(id, ours, theirs, 'serverUs'),
      })),
    );
  });
}

const pick = (samples: readonly Sample[], field: 'value'): number[] => samples.map((sample) => sample[field]);

export function formatRatios(rows: readonly RatioRow[]): string {
  const head = `${'case'.padEnd(34)}${'ours'.padEnd(12)}${'to'.padEnd(12)}${'ratio'.padStart(8)}${'server time per message'.padStart(26)}`;
  const lines = rows.map(({ id, ours, theirs, value, serverTime }) =>
    `${id.padEnd(34)}${ours.padEnd(12)}${theirs.padEnd(12)}${value.toFixed(2).padStart(8)}${(serverTime?.toFixed(2) ?? '').padStart(26)}`.trimEnd(),
  );
  return [head, ...lines].join('\n');
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
    ({ id, ours, theirs, value, serverTime }) =>
      `| ${id} | ${ours} : ${theirs} | ${value.toFixed(2)} | ${serverTime?.toFixed(2) ?? ''} |`,
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
