import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodePortsOptions } from '@cometmq/runtime/node';
import { type StandaloneServer, startStandalone } from '@cometmq/standalone';

/** A name server and broker on a free port of this machine, with a store of its own. */
export interface RunningCluster {
  readonly server: StandaloneServer;
  /** `host:port`, for any transport. */
  readonly address: string;
  close(): Promise<void>;
}

export async function startCluster(platform: Partial<NodePortsOptions> = {}): Promise<RunningCluster> {
  const storeDir = mkdtempSync(join(tmpdir(), 'cometmq-sdk-'));
  const server = await startStandalone({ port: 0, storeDir }, platform);
  return {
    server,
    address: server.namesrv,
    async close() {
      await server.close();
      rmSync(storeDir, { recursive: true, force: true });
    },
  };
}

/** Waits until `condition` holds. The test's own time limit is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
