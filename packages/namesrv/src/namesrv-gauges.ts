import type { Meter } from '@cometmq/runtime';
import type { RouteBook } from './routes/route-book.js';

export function registerNamesrvGauges(meter: Meter, { table, liveness }: RouteBook): void {
  const gauge = (name: string, help: string, read: () => number) =>
    meter.register({ name: `rocketmq_namesrv_${name}`, help, kind: 'gauge', read: () => [{ value: read() }] });
  gauge('brokers', 'Brokers that are registered', () => liveness.size);
  gauge('broker_names', 'Groups of a master and its slaves', () => table.groups.size);
  gauge('topics', 'Topics that at least one broker has', () => table.topics.size);
}
