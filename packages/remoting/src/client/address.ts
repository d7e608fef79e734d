import { formatAddress, type HostPort, parseAddress, type TransportKind } from '@cometmq/runtime';
import { RemotingError } from '../remoting-error.js';

/** Where to dial, and how. */
export interface RemotingAddress extends HostPort {
  readonly kind: TransportKind;
  /** With TLS. */
  readonly secure: boolean;
}

const SCHEMES: Readonly<Record<string, { readonly kind: TransportKind; readonly secure: boolean }>> = {
  ws: { kind: 'ws', secure: false },
  wss: { kind: 'ws', secure: true },
  tcp: { kind: 'tcp', secure: false },
  tls: { kind: 'tcp', secure: true },
  memory: { kind: 'memory', secure: false },
};

/**
 * Reads `ws://host:port`, `wss://…`, `tcp://…`, `tls://…` or a bare `host:port`, which is of the default kind and, for
 * WebSocket and TCP, plain. Throws RemotingError BAD_ADDRESS.
 */
export function parseRemotingAddress(text: string, defaultKind: TransportKind): RemotingAddress {
  const match = /^([a-z]+):\/\/([^/]*)\/?$/i.exec(text.trim());
  const scheme = match?.[1]?.toLowerCase();
  const how = scheme === undefined ? { kind: defaultKind, secure: false } : SCHEMES[scheme];
  if (how === undefined) throw badAddress(text, `its scheme is none of ${Object.keys(SCHEMES).join(', ')}`);
  const where = parseAddress(match?.[2] ?? text);
  if (where === undefined || where.port === 0)
    throw badAddress(text, 'host:port is expected, e.g. 127.0.0.1:9876 or ws://127.0.0.1:9876');
  return { ...how, host: where.host, port: where.port };
}

/** One text per way to dial, whatever spelling was read. */
export function formatRemotingAddress(address: RemotingAddress): string {
  const scheme = address.kind === 'ws' ? (address.secure ? 'wss' : 'ws') : address.secure ? 'tls' : address.kind;
  return `${scheme}://${formatAddress(address)}`;
}

function badAddress(text: string, why: string): RemotingError {
  return new RemotingError('BAD_ADDRESS', text, `"${text}" is not an address: ${why}`);
}
