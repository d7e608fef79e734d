import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProgram } from '../process/child-program.js';
import { memoryOf, processorTimeUs, sum } from '../process/usage.js';

/** When an acknowledged message is on disk: within half a second or so, or before the acknowledgement. */
export type Flush = 'async' | 'sync';

/** A server under test, fresh and empty. It may be more than one process. */
export interface BenchServer {
  /** `host:port` where its clients start. */
  readonly address: string;
  /** From the start of its first process to the first acknowledged message. */
  readonly startUpMs: number;
  processorTimeUs(): number;
  residentBytes(): number;
  stop(): Promise<void>;
}

/** Home of a server's files, removed with it. */
export interface ServerHome {
  readonly directory: string;
  remove(): void;
}

export function makeHome(name: string): ServerHome {
  const directory = mkdtempSync(join(tmpdir(), `cometmq-bench-${name}-`));
  mkdirSync(join(directory, 'logs'));
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export function benchServer(
  address: string,
  startUpMs: number,
  programs: readonly ChildProgram[],
  home: ServerHome,
): BenchServer {
  return {
    address,
    startUpMs,
    processorTimeUs: () => sum(programs.map(({ pid }) => processorTimeUs(pid))),
    residentBytes: () => sum(programs.map(({ pid }) => memoryOf(pid).residentBytes)),
    async stop() {
      await Promise.all(programs.map((program) => program.stop()));
      home.remove();
    },
  };
}

/** Ends what was started when the rest of the start fails. */
export async function orStop<T>(
  programs: readonly ChildProgram[],
  home: ServerHome,
  start: () => Promise<T>,
): Promise<T> {
  try {
    return await start();
  } catch (error) {
    await Promise.all(programs.map((program) => program.stop()));
    throw new Error(`a server did not start: see ${join(home.directory, 'logs')}`, { cause: error });
  }
}
