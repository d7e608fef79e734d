import { once } from 'node:events';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';

/** Writes to stdout as fast as it is read. */
export async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** A reader like `head` may stop early: that is its right, not a failure. */
export function endQuietlyWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
}

/** Between rows. */
const NO_LINES = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

/** Rows as a table with a heading; plain text when nobody looks at a terminal. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const style = process.stdout.isTTY ? {} : { head: [], border: [] };
  const shown = new Table({ head: [...head], style, chars: NO_LINES });
  for (const row of rows) shown.push(row.map(String));
  return `${shown.toString()}\n`;
}

export interface Progress {
  update(done: number, all: number): void;
  stop(): void;
}

/** A bar on a terminal; nothing elsewhere. */
export function progressBar(what: string): Progress {
  if (!process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: `${what} {bar} {percentage}%  {eta_formatted} left`,
    stream: process.stderr,
    clearOnComplete: true,
  });
  let started = false;
  return {
    update: (done, all) => {
      if (!started) bar.start(all, done);
      started = true;
      bar.update(done);
    },
    stop: () => {
      if (started) bar.stop();
    },
  };
}

/** Local-independent text of a time; the number itself when it is no date. */
export const timeText = (time: number): string =>
  time > 0 && time < 8.64e15 ? new Date(time).toISOString() : String(time);
