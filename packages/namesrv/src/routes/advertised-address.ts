import { formatAddress, type HostPort, parseAddress } from '@cometmq/runtime';

/**
 * extField of REGISTER_BROKER (103) by which a broker without a configured address says: my address is wherever you see
 * me. Apache's brokers never send it, and their addresses are handed out as they were registered.
 */
export const ADDRESS_MODE_FIELD = 'addressMode';
export const ADDRESS_MODE_CONNECTION = 'connection';

/** One side's view of a connection. */
export interface ConnectionView {
  readonly local: HostPort;
  readonly remote: HostPort;
  readonly dialed?: HostPort | undefined;
}

/** How a broker that is known by its connection was seen. */
export interface SeenBroker {
  /** Its registration came from this machine. */
  readonly local: boolean;
}

/** What stands for "this machine" or "any of my addresses" and means nothing elsewhere. */
export function isOwnAddress(host: string): boolean {
  return (
    host === '' ||
    host === '0.0.0.0' ||
    host === '::' ||
    host === '::1' ||
    host === 'localhost' ||
    host === 'memory' ||
    host.startsWith('127.')
  );
}

/** How the connection of a registration is seen from here. */
export function seeBroker(registration: ConnectionView): SeenBroker {
  const { local, remote } = registration;
  return { local: isOwnAddress(remote.host) || remote.host === local.host };
}

/**
 * The address under which a broker known by its connection is kept: the host it is seen at with the port it registered.
 * Two such brokers on different machines may both have registered `0.0.0.0:10911`.
 */
export function seenAddress(registered: string, registration: ConnectionView): string {
  const address = parseAddress(registered);
  if (address === undefined || isOwnAddress(registration.remote.host)) return registered;
  return formatAddress({ host: registration.remote.host, port: address.port });
}

/**
 * The address of a broker that is given to one client. A broker behind the very port the client is connected to is
 * reached as the client reached us, which a mapped port or a proxy keeps. A broker on this machine is reached at the host
 * the client dialled; any other one where we see it.
 */
export function advertisedAddress(kept: string, broker: SeenBroker | undefined, client: ConnectionView): string {
  if (broker === undefined || !broker.local) return kept;
  const address = parseAddress(kept);
  if (address === undefined) return kept;
  if (address.port === client.local.port) return formatAddress(client.dialed ?? client.local);
  return formatAddress({ host: (client.dialed ?? client.local).host, port: address.port });
}
