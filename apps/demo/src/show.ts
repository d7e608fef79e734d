import { MultiBar, Presets } from 'cli-progress';
import Table from 'cli-table3';
import { sameTotals, type Tally, type Totals } from './tally.js';

/** Something that grows from 0 to `total`. */
export interface Progress {
  readonly name: string;
  readonly total: number;
  value(): number;
}

/** Bars on a terminal, a line a second elsewhere. Returns what ends them. */
export function showProgress(all: readonly Progress[], intervalMs = process.stdout.isTTY ? 100 : 1000): () => void {
  if (!process.stdout.isTTY) {
    const print = () => console.log(all.map((each) => `${each.name} ${each.value()}/${each.total}`).join('  '));
    const timer = setInterval(print, intervalMs);
    return () => {
      clearInterval(timer);
      print();
    };
  }
  const bars = new MultiBar({ format: '{name} {bar} {value}/{total}', hideCursor: true }, Presets.shades_grey);
  const drawn = all.map((each) => ({ each, bar: bars.create(each.total, 0, { name: each.name.padEnd(16) }) }));
  const draw = () => drawn.forEach(({ each, bar }) => bar.update(each.value()));
  const timer = setInterval(draw, intervalMs);
  return () => {
    clearInterval(timer);
    draw();
    bars.stop();
  };
}

export interface Outcome {
  readonly tally: Tally;
  readonly expected: Totals;
  readonly ordered: boolean;
  /** Messages that may come twice because queues changed hands while they were in flight. */
  readonly repeatsAllowed: number;
}

export function failuresOf({ tally, expected, ordered, repeatsAllowed }: Outcome): string[] {
  const totals = tally.totals();
  const failures: string[] = [];
  if (totals.flights < expected.flights)
    failures.push(`${tally.group} lost ${expected.flights - totals.flights} flights`);
  if (!sameTotals(totals, expected)) failures.push(`${tally.group} computed other totals than the file has`);
  if (tally.repeats > repeatsAllowed)
    failures.push(`${tally.group} got ${tally.repeats} flights twice, a rebalance explains at most ${repeatsAllowed}`);
  if (ordered && tally.orderViolations > 0)
    failures.push(`${tally.group} got ${tally.orderViolations} flights out of order`);
  return failures;
}

export function resultTable(outcomes: readonly Outcome[]): string {
  const table = new Table({
    head: ['group', 'flights', 'expected', 'miles', 'delay min', 'twice', 'out of order', ''],
    style: { head: [], border: [] },
  });
  for (const outcome of outcomes) {
    const totals = outcome.tally.totals();
    table.push([
      outcome.tally.group,
      totals.flights,
      outcome.expected.flights,
      totals.distance,
      totals.delay,
      outcome.tally.repeats,
      outcome.ordered ? outcome.tally.orderViolations : '-',
      failuresOf(outcome).length === 0 ? 'ok' : 'WRONG',
    ]);
  }
  return table.toString();
}
