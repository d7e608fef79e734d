import { nodeClock, nodeCodecs, nodeDisk, nodeRandom, tcpDialer, wsDialer } from '@cometmq/runtime/node';
import type { RocketMQPorts } from '../client/client-ports.js';
import type { RocketMQOptions } from '../client/options.js';
import { diagnosticsTracing } from './diagnostics.js';
import { processIdentity } from './process-identity.js';

/** The real ports of Node. */
export function platformPorts(options: Pick<RocketMQOptions, 'tls'>): RocketMQPorts {
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
