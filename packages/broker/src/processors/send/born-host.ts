import { addressBytes, type HostBytes, hostBytes } from '@cometmq/protocol';
import type { Connection } from '@cometmq/remoting';

const known = new WeakMap<Connection, HostBytes>();

/** Where a connection comes from, as it stands in a record; connections within the process count as loopback. */
export function bornHostOf(connection: Connection): HostBytes {
  let host = known.get(connection);
  if (host === undefined) {
    const { remote } = connection;
    const numeric = addressBytes(remote.host) !== undefined && remote.port <= 0xffff;
    host = numeric ? hostBytes(remote.host, remote.port) : hostBytes('127.0.0.1', Math.min(remote.port, 0xffff));
    known.set(connection, host);
  }
  return host;
}
