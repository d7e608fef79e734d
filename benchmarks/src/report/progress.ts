import type { Results } from '../results.js';
import { caseLines } from './table.js';

/** What people see while it runs: one line that changes on a terminal, a line per case elsewhere. */
export interface Progress {
  step(text: string): void;
  done(id: string, results: Results): void;
}

export function makeProgress(stream: NodeJS.WriteStream): Progress {
  const start = performance.now();
  const clear = stream.isTTY ? '\r\u001b[2K' : '';
  return {
    step(text) {
      if (!stream.isTTY) return;
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      stream.write(`${clear}${seconds.padStart(5)} s  ${text}`.slice(0, clear.length + stream.columns));
    },
    done(id, results) {
      const found = results.cases().find((one) => one.id === id);
      if (found) stream.write(`${clear}${caseLines(found).join('\n')}\n`);
    },
  };
}
