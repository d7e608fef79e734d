import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';

const running = new Set<ChildProcess>();

// Nothing may outlive this process, whatever ends it.
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(1));
}

export interface ProgramOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** File that gets standard error, and standard output too when nobody reads its lines. */
  readonly log: string;
  readonly onLine?: (line: string) => void;
}

/** The end of a program: a code, or the signal that killed it. */
export type ProgramEnd = number | NodeJS.Signals;

/** A program that was started here and is ended by its process id. */
export class Program {
  readonly #child: ChildProcess;
  readonly ended: Promise<ProgramEnd>;

  private constructor(child: ChildProcess, ended: Promise<ProgramEnd>) {
    this.#child = child;
    this.ended = ended;
  }

  static start(command: string, args: readonly string[], options: ProgramOptions): Program {
    const log = openSync(options.log, 'a');
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', options.onLine ? 'pipe' : log, log],
    });
    closeSync(log);
    running.add(child);
    const lines = options.onLine && child.stdout ? createInterface({ input: child.stdout }) : undefined;
    if (lines && options.onLine) {
      lines.on('line', options.onLine);
    }
    const ended = new Promise<ProgramEnd>((resolve, reject) => {
      child.once('error', (error) => {
        running.delete(child);
        reject(error);
      });
      // "close" comes after the last line of output, "exit" may come before it.
      child.once('close', (code, signal) => {
        running.delete(child);
        resolve(code ?? signal ?? 'SIGKILL');
      });
    });
    // A failure to start is seen by whoever awaits `ended`; nobody may be doing so yet.
    ended.catch(() => undefined);
    return new Program(child, ended);
  }

  /** Waits for the end, kills at the deadline. */
  async finish(deadlineMs: number): Promise<ProgramEnd> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), deadlineMs);
    try {
      return await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  /** As `kill -9`. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** Asks it to end, kills it when it does not. */
  async stop(graceMs: number): Promise<ProgramEnd> {
    this.#child.kill('SIGTERM');
    return this.finish(graceMs);
  }
}
