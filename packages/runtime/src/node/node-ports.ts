import type { Ports } from '../ports.js';
import type { Logger } from '../telemetry.js';
import { nodeClock } from './node-clock.js';
import { nodeCodecs } from './node-codecs.js';
import { nodeDisk } from './node-disk.js';
import { nodeRandom } from './node-random.js';
import { watchProcess } from './process-gauges.js';
import { sharedPort, type SharedPortOptions } from './shared-port.js';
import { tcpDialer } from './tcp-transport.js';
import type { ClientTls, ServerTls, TlsMode } from './tls.js';
import { wsDialer } from './ws-transport.js';

export interface NodePortsOptions {
  readonly logger: Logger;
  /** `client` makes every dialled connection TLS; `mode` and `identity` are those of the listening port. */
  readonly tls?: { readonly mode?: TlsMode; readonly identity?: ServerTls; readonly client?: ClientTls };
  /** Limits of the listening port. */
  readonly port?: Omit<SharedPortOptions, 'logger' | 'tls'>;
}

/** The real outside world: operating system clock, files and sockets. */
export function nodePorts(options: NodePortsOptions): Ports {
  const { logger, tls } = options;
  const identity = tls?.identity;
  const dial = tls?.client === undefined ? {} : { tls: tls.client };
  return {
    clock: nodeClock,
    random: nodeRandom,
    disk: nodeDisk(),
    codecs: nodeCodecs(),
    logger,
    acceptor: sharedPort({
      ...options.port,
      logger,
      // As Apache: with a certificate both kinds are taken unless told otherwise.
      tls: { mode: tls?.mode ?? (identity ? 'permissive' : 'disabled'), ...(identity ? { identity } : {}) },
    }),
    dialers: { tcp: tcpDialer(dial), ws: wsDialer(dial) },
    watchProcess,
  };
}
