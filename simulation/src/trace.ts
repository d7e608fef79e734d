import type { Clock } from '@cometmq/runtime';

/** What happened, a line an event: virtual time in ms, what, to whom. Two runs of one seed write the same lines. */
export class Trace {
  readonly lines: string[] = [];

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  add(event: string, detail: string): void {
    this.lines.push(`${String(Math.round(this.clock.monotonic())).padStart(8)} ${event.padEnd(10)} ${detail}`);
  }
}
