import type { Clock, Codecs, Logger } from '@cometmq/runtime';
import type { NamesrvConfiguration } from '../configuration/namesrv-configuration.js';
import type { KvConfig } from '../kv/kv-config.js';
import type { MinBrokerIdChange } from '../routes/broker-registration.js';
import type { RouteBook } from '../routes/route-book.js';

/** What the processors work on. */
export interface NamesrvContext {
  readonly book: RouteBook;
  readonly kv: KvConfig;
  readonly configuration: NamesrvConfiguration;
  readonly clock: Clock;
  readonly codecs: Pick<Codecs, 'crc32' | 'decompress'>;
  readonly logger: Logger;
  /** Monotonic moment from which routes are answered, when clients have to wait for brokers to come back after a start. */
  readonly readyAt: () => number;
  /** Tells the members of a group who leads now. */
  readonly announce: (change: MinBrokerIdChange) => void;
}
