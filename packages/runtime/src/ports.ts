import type { Clock } from './clock.js';
import type { Codecs } from './codecs.js';
import type { Disk } from './disk.js';
import type { Random } from './random.js';
import type { Logger, ProcessGauges } from './telemetry.js';
import type { Acceptor, Dialer } from './transport.js';

/**
 * The whole outside world of a server or client. Constructors take a `Pick` of it: what a room does not ask for it
 * cannot touch. `node/node-ports.ts` makes the real ones, testkit the simulated ones.
 */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly codecs: Codecs;
  readonly logger: Logger;
  /** Server side: every kind of channel on one port. */
  readonly acceptor: Acceptor;
  /** Client side. Brokers use `tcp` to reach name servers. */
  readonly dialers: { readonly tcp?: Dialer; readonly ws?: Dialer; readonly memory?: Dialer };
  /** Begins to watch the process; none where it is simulated. */
  readonly watchProcess?: () => ProcessGauges;
}
