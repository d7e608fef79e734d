import type { LoadClient } from './load-client.js';

/** Only the library that is asked for is loaded. */
export async function openClient(kind: string, address: string): Promise<LoadClient> {
  switch (kind) {
    case 'comet-tcp':
      return (await import('./comet-client.js')).openComet(`tcp://${address}`);
    case 'comet-ws':
      return (await import('./comet-client.js')).openComet(`ws://${address}`);
    case 'redis':
      return (await import('./redis-client.js')).openRedis(address);
    case 'nats':
      return (await import('./nats-client.js')).openNats(address);
    case 'bare':
      return (await import('./bare-client.js')).openBare(address);
    default:
      throw new Error(`no client is called ${kind}`);
  }
}
