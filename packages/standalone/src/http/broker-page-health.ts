import type { Broker } from '@cometmq/broker';
import type { Health } from './pages.js';

/** A broker's health as `/health` tells it. */
export function brokerPageHealth(broker: Broker | undefined): Health {
  const health = broker?.health();
  if (health?.store === undefined) return { status: 'down', reason: `the broker is ${health?.phase ?? 'starting'}` };
  const { condition } = health.store;
  const detail = { store: health.store, clients: health.clientConnections, heldPulls: health.heldPulls };
  return condition.writable ? { status: 'up', ...detail } : { status: 'degraded', reason: condition.reason, ...detail };
}
