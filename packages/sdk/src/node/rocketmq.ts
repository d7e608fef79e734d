import { nodeClock, nodeCodecs, nodeDisk, nodeRandom, tcpDialer, wsDialer } from '@cometmq/runtime/node';
import type { ClientPorts } from '../client/client-instance.js';
import type { RocketMQOptions } from '../client/options.js';
import { RocketMQ as PortableRocketMQ } from '../client/rocketmq.js';
import { diagnosticsTracing } from './diagnostics.js';
import { processIdentity } from './process-identity.js';

/** What may be replaced, e.g. by simulated ports in tests. */
export type RocketMQPorts = Omit<ClientPorts, 'logger'> & Partial<Pick<ClientPorts, 'logger'>>;

/** The real ports of Node. */
export function nodeClientPorts(options: Pick<RocketMQOptions, 'tls'>): RocketMQPorts {
  const tls = typeof options.tls === 'object' ? options.tls : {};
  return {
    clock: nodeClock,
    random: nodeRandom,
    codecs: nodeCodecs(),
    disk: nodeDisk(),
    dialers: { tcp: tcpDialer({}), ws: wsDialer({}) },
    secureDialers: { tcp: tcpDialer({ tls }), ws: wsDialer({ tls }) },
    identity: processIdentity(),
    tracing: diagnosticsTracing,
  };
}

/** One connection pool and route cache, shared by the producers and consumers made from it. */
export class RocketMQ extends PortableRocketMQ {
  /** Does no IO. Throws INVALID_ARGUMENT for options that cannot be. */
  constructor(options: RocketMQOptions, ports: RocketMQPorts = nodeClientPorts(options)) {
    super(options, ports);
  }

  /** Construct and start: `await using mq = await RocketMQ.connect({ namesrv })`. */
  static async connect(options: RocketMQOptions, ports?: RocketMQPorts): Promise<RocketMQ> {
    const client = new RocketMQ(options, ports);
    try {
      await client.start();
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }
}
