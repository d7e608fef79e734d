import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const COMMAND = resolve(import.meta.dirname, '../../../packages/cli/bin/cometmq.js');
/** What the end of a server has to say when it was not expected. */
const KEPT_CHARACTERS = 4000;

export interface ServerProcessOptions {
  readonly storeDir: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Keys of broker.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `cometmq start` as users run it, in a process of its own. */
export class ServerProcess {
  /** `host:port`; rejects with what the process said when it ends before it is ready. */
  readonly ready: Promise<string>;
  readonly exited: Promise<Exit>;
  readonly startedAt = performance.now();
  #readyAt: number | undefined;
  #output = '';
  readonly #child: ChildProcess;

  constructor({ storeDir, port = 0, settings = {} }: ServerProcessOptions) {
    const set = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const args = [COMMAND, 'start', '--port', String(port), '--store', storeDir, '--log-level', 'warn', ...set];
    // Without npm's mark: the server would end with whoever started it, and here that is not npm.
    const { npm_command: _, ...env } = process.env;
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.#child = child;
    this.exited = new Promise((done) => child.on('exit', (code, signal) => done({ code, signal })));
    this.ready = new Promise((done, failed) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        this.#keep(text);
        const address = /^ready (\S+)$/m.exec(this.#output)?.[1];
        if (address === undefined || this.#readyAt !== undefined) return;
        this.#readyAt = performance.now();
        done(address);
      });
      void this.exited.then(({ code, signal }) =>
        failed(new Error(`the server ended before it was ready (${signal ?? code}): ${this.#output}`)),
      );
    });
    this.ready.catch(() => {});
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** From the start of the process to its ready line, in ms; undefined before. */
  get startMs(): number | undefined {
    return this.#readyAt === undefined ? undefined : this.#readyAt - this.startedAt;
  }

  /** The last of what it wrote. */
  get output(): string {
    return this.#output;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it at once; resolves when it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }

  /** Memory of the process in bytes, as Linux counts it; undefined elsewhere. */
  residentBytes(): number | undefined {
    try {
      const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1];
      return kib === undefined ? undefined : Number(kib) * 1024;
    } catch {
      return undefined;
    }
  }

  #keep(text: string): void {
    this.#output = (this.#output + text).slice(-KEPT_CHARACTERS);
  }
}
