import type { Meter } from '@cometmq/runtime';
import type { Connection } from '../connection/connection.js';
import type { Family } from './admission.js';

/** What a server tells about itself; read when somebody asks. */
export interface ServerFigures {
  readonly connections: ReadonlySet<Connection>;
  readonly families: readonly Family[];
  readonly refusedConnections: number;
}

export function registerServerGauges(meter: Meter, server: string, figures: ServerFigures): void {
  const total = (read: () => number) => () => [{ labels: { server }, value: read() }];
  const perFamily = (read: (family: Family) => number) => () =>
    figures.families.map((family) => ({ labels: { server, family: family.name }, value: read(family) }));
  const overConnections = (read: (connection: Connection) => number) =>
    total(() => {
      let sum = 0;
      for (const connection of figures.connections) sum += read(connection);
      return sum;
    });
  const name = (part: string) => `rocketmq_remoting_${part}`;
  meter.register({
    name: name('connections'),
    help: 'Open connections',
    kind: 'gauge',
    read: () => {
      const byKind = new Map<string, number>();
      for (const { kind } of figures.connections) byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
      return [...byKind].map(([kind, value]) => ({ labels: { server, kind }, value }));
    },
  });
  meter.register({
    name: name('connections_refused_total'),
    help: 'Connections dropped because there were too many',
    kind: 'counter',
    read: total(() => figures.refusedConnections),
  });
  meter.register({
    name: name('buffered_bytes'),
    help: 'Bytes written and not yet taken by the network',
    kind: 'gauge',
    read: overConnections((connection) => connection.bufferedBytes),
  });
  meter.register({
    name: name('server_requests_in_flight'),
    help: 'Requests sent to clients that are not answered yet',
    kind: 'gauge',
    read: overConnections((connection) => connection.inFlight.requests),
  });
  meter.register({
    name: name('requests_working'),
    help: 'Requests being worked on',
    kind: 'gauge',
    read: perFamily((family) => family.requests),
  });
  meter.register({
    name: name('requests_parked'),
    help: 'Requests that wait for something, e.g. held pulls',
    kind: 'gauge',
    read: perFamily((family) => family.parked),
  });
  meter.register({
    name: name('requests_rejected_total'),
    help: 'Requests answered SYSTEM_BUSY',
    kind: 'counter',
    read: perFamily((family) => family.rejected),
  });
}
