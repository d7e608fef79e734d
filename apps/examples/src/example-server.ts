import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStandalone } from '@cometmq/standalone';

/**
 * Runs an example against the server that COMETMQ_NAMESRV names (`127.0.0.1:9876`, `tcp://…` for Apache RocketMQ), or, when
 * it names none, against one that is started for it in this process and thrown away afterwards.
 */
export async function withServer(example: (namesrv: string) => Promise<void>): Promise<void> {
  const given = process.env['COMETMQ_NAMESRV'];
  if (given !== undefined) return example(given);
  const storeDir = mkdtempSync(join(tmpdir(), 'cometmq-example-'));
  const server = await startStandalone({ host: '127.0.0.1', port: 0, storeDir });
  try {
    await example(server.namesrv);
  } finally {
    await server.close();
    rmSync(storeDir, { recursive: true, force: true });
  }
}

/** Waits until `condition` holds; an example that hangs is a broken one. */
export async function until(what: string, condition: () => boolean, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
