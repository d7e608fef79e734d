import { silentLogger } from '@cometmq/runtime';
import { nodePorts, type NodePortsOptions } from '@cometmq/runtime/node';
import { type StandaloneOptions, StandaloneServer } from './standalone-server.js';

/**
 * Starts a server in this process on real sockets and files; resolves when it answers.
 * Logs nowhere unless a logger is given.
 */
export async function startStandalone(
  options: StandaloneOptions,
  platform: Partial<NodePortsOptions> = {},
): Promise<StandaloneServer> {
  const server = new StandaloneServer(options, nodePorts({ logger: silentLogger, ...platform }));
  await server.start();
  return server;
}
