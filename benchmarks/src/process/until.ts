import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildProgram } from './child-program.js';

/** Asks every few milliseconds until the answer is yes. Rejects when one of the programs ends or the deadline passes. */
export async function until(
  programs: readonly ChildProgram[],
  condition: () => Promise<boolean>,
  deadlineMs = 90_000,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  let died: string | undefined;
  for (const program of programs) {
    void program.ended.then((how) => (died = how));
  }
  while (!(await condition())) {
    if (died !== undefined) throw new Error(`a server ended with ${died} before it was ready`);
    if (performance.now() > end) throw new Error(`a server was not ready after ${deadlineMs} ms`);
    await sleep(5);
  }
}
