import { devNull, tmpdir } from 'node:os';
import { ChildProgram } from './child-program.js';

/** Milliseconds from the start of a Node process to its first line. Rejects when it ends without one. */
export async function timeToFirstLine(args: readonly string[]): Promise<number> {
  const start = performance.now();
  let ms: number | undefined;
  const program = new ChildProgram(process.execPath, args, {
    cwd: tmpdir(),
    log: devNull,
    onLine: () => (ms ??= performance.now() - start),
  });
  const end = await program.ended;
  if (ms === undefined) throw new Error(`a process ended with ${end} before it said anything`);
  return ms;
}
