import type { RemotingClientPorts } from '@cometmq/remoting';
import type { Codecs, Disk, Logger } from '@cometmq/runtime';
import type { ProcessIdentity } from './client-id.js';
import type { Tracing } from './tracing.js';

/** The outside world of a client. */
export interface ClientPorts extends RemotingClientPorts {
  readonly codecs: Codecs;
  /** Where broadcasting consumers keep their offsets; without one they keep them in memory. */
  readonly disk?: Disk | undefined;
  /** Of this process; default: made up by chance. */
  readonly identity?: ProcessIdentity | undefined;
  /** Channels that other tools listen to; default: none. */
  readonly tracing?: Tracing | undefined;
}

/** What a client is made over; its options may bring another logger. */
export type RocketMQPorts = Omit<ClientPorts, 'logger'> & { readonly logger?: Logger };
