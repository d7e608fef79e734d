import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';

const running = new Set<ChildProcess>();

// Nothing may outlive this process, whatever ends it.
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(1));
}

export interface ChildOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Gets standard error, and standard output too unless `onLine` takes it. */
  readonly log: string;
  readonly onLine?: (line: string) => void;
}

/** A process that was started here and is ended by its id. */
export class ChildProgram {
  readonly pid: number;
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;

  constructor(command: string, args: readonly string[], options: ChildOptions) {
    const log = openSync(options.log, 'a');
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', options.onLine ? 'pipe' : log, log],
    });
    closeSync(log);
    this.#child = child;
    this.pid = child.pid ?? -1;
    running.add(child);
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(String(error)));
      child.once('close', (code, signal) => resolve(String(code ?? signal)));
    });
    this.ended.then(() => running.delete(child)).catch(() => undefined);
    // A write after the end is told by `ended`.
    child.stdin?.on('error', () => undefined);
    if (options.onLine && child.stdout) createInterface({ input: child.stdout }).on('line', options.onLine);
  }

  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Asks it to end, kills it after `graceMs`. */
  async stop(graceMs = 5000): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    await this.ended;
    clearTimeout(timer);
  }
}
