import { type Clock, every, type Logger, type Timer } from '@cometmq/runtime';
import type { Connection } from './connection.js';

/** Apache closes a connection on which nothing moved for two minutes, on both sides (remoting-protocol, 6.1 and 6.5). */
export const DEFAULT_IDLE_TIMEOUT_MS = 120_000;

/** How much later than asked an idle connection may be closed, as a part of the timeout. */
const PRECISION = 12;

/**
 * Closes the connections on which nothing has moved in either direction for `idleTimeoutMs`. One timer looks through all
 * of them, so an idle connection costs no timer of its own.
 */
export function closeIdle(
  connections: Iterable<Connection>,
  idleTimeoutMs: number,
  ports: { readonly clock: Clock; readonly logger: Logger },
): Timer {
  const { clock, logger } = ports;
  const sweep = () => {
    const before = clock.monotonic() - idleTimeoutMs;
    for (const connection of connections) {
      if (connection.lastActiveAt > before) continue;
      logger.debug('closing an idle connection', { peer: connection.address, idleTimeoutMs });
      connection.close();
    }
  };
  return every(clock, idleTimeoutMs / PRECISION, sweep, {
    onError: (error) => logger.error('closing idle connections failed', { error }),
  });
}
