import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChildProgram } from '../process/child-program.js';
import { loadClassPath } from './java-build.js';
import { formatOrder, type LoadAnswer, type LoadResult, type Order } from './order.js';

/** A client process that stays for all rounds, so that it stays warm: one line in, one line of JSON out. */
export class LoadProcess {
  readonly #program: ChildProgram;
  readonly #directory: string;
  readonly #answers: string[] = [];
  #waiting: ((line: string) => void) | undefined;

  private constructor(command: string, args: readonly string[]) {
    this.#directory = mkdtempSync(join(tmpdir(), 'cometmq-bench-load-'));
    this.#program = new ChildProgram(command, [...args], {
      cwd: this.#directory,
      env: { HOME: this.#directory },
      log: join(this.#directory, 'load.log'),
      onLine: (line) => this.#onLine(line),
    });
  }

  /** Apache's Java client. */
  static async java(namesrv: string): Promise<LoadProcess> {
    const jars = await loadClassPath();
    const memory = ['-Xms1g', '-Xmx1g', '-XX:+UseG1GC'];
    const load = new LoadProcess('java', [...memory, '-cp', jars, 'org.cometmq.benchmarks.Main', namesrv]);
    await load.#next();
    return load;
  }

  /** A Node client: `comet-tcp`, `comet-ws`, `redis`, `nats`, `bare`. */
  static async node(kind: string, address: string): Promise<LoadProcess> {
    const flags = (process.env['BENCH_CLIENT_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');
    const child = fileURLToPath(new URL('load-child.js', import.meta.url));
    const load = new LoadProcess(process.execPath, [...flags, child, kind, address]);
    await load.#next();
    return load;
  }

  get pid(): number {
    return this.#program.pid;
  }

  /** Rejects when the load could not do it. */
  async run(order: Order): Promise<LoadResult> {
    this.#program.write(formatOrder(order));
    const answer = JSON.parse(await this.#next()) as LoadAnswer;
    if ('error' in answer) throw new Error(`${formatOrder(order)}: ${answer.error}`);
    return answer;
  }

  async stop(): Promise<void> {
    await this.#program.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #onLine(line: string): void {
    if (!line.startsWith('{')) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting(line);
    else this.#answers.push(line);
  }

  #next(): Promise<string> {
    const line = this.#answers.shift();
    if (line !== undefined) return Promise.resolve(line);
    const ended = this.#program.ended.then((how) => {
      throw new Error(`a load ended with ${how}: see ${this.#directory}`);
    });
    return Promise.race([new Promise<string>((resolve) => (this.#waiting = resolve)), ended]);
  }
}
