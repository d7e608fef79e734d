import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A standalone server in a process of its own. */
export interface ServerProcess {
  /** `host:port`, name server and broker. */
  readonly address: string;
  stop(): Promise<number>;
}

const program = fileURLToPath(new URL('../../../packages/cli/bin/cometmq.js', import.meta.url));

/** Starts `cometmq start` on a free port and waits for its ready line. */
export async function startServer(storeDir: string): Promise<ServerProcess> {
  const child: ChildProcess = spawn(
    process.execPath,
    [program, 'start', '--host', '127.0.0.1', '--port', '0', '--store', storeDir],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  for await (const line of createInterface({ input: child.stdout! })) {
    const ready = /^ready (\S+)$/.exec(line);
    if (!ready) continue;
    child.stdout!.resume();
    return {
      address: ready[1]!,
      async stop() {
        child.kill('SIGTERM');
        if (child.exitCode === null) await once(child, 'exit');
        return child.exitCode ?? -1;
      },
    };
  }
  throw new Error(`the server ended before it was ready (exit code ${child.exitCode})`);
}
