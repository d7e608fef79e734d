import type { Meter } from '@cometmq/runtime';
import type { Connection } from '../connection/connection.js';

export function registerClientGauges(
  meter: Meter,
  client: string,
  figures: { readonly connections: ReadonlySet<Connection> },
): void {
  const sum = (read: (connection: Connection) => number) => () => {
    let value = 0;
    for (const connection of figures.connections) value += read(connection);
    return [{ labels: { client }, value }];
  };
  meter.register({
    name: 'rocketmq_remoting_client_connections',
    help: 'Open connections to servers',
    kind: 'gauge',
    read: sum(() => 1),
  });
  meter.register({
    name: 'rocketmq_remoting_client_requests_in_flight',
    help: 'Requests without an answer yet',
    kind: 'gauge',
    read: sum((connection) => connection.inFlight.requests),
  });
  meter.register({
    name: 'rocketmq_remoting_client_requests_waiting',
    help: 'Requests that wait for room on their connection',
    kind: 'gauge',
    read: sum((connection) => connection.inFlight.waiting),
  });
  meter.register({
    name: 'rocketmq_remoting_client_buffered_bytes',
    help: 'Bytes written and not yet taken by the network',
    kind: 'gauge',
    read: sum((connection) => connection.bufferedBytes),
  });
}
