import { formatAddress, parseAddress } from '@cometmq/runtime';
import { RocketMQError } from './errors.js';

/** How servers are reached: `ws`/`wss` WebSocket, `tcp`/`tls` Apache's remoting over TCP, `memory` within the process. */
export type Scheme = 'ws' | 'wss' | 'tcp' | 'tls' | 'memory';

export interface NamesrvAddresses {
  readonly scheme: Scheme;
  /** `scheme://host:port` each, in the order given, without repetitions. */
  readonly addresses: readonly string[];
}

const SCHEMES: ReadonlySet<string> = new Set<Scheme>(['ws', 'wss', 'tcp', 'tls', 'memory']);
const SECURE: Readonly<Record<Scheme, Scheme>> = { ws: 'wss', wss: 'wss', tcp: 'tls', tls: 'tls', memory: 'memory' };

function parseOne(text: string, tls: boolean): { readonly scheme: Scheme; readonly address: string } {
  const match = /^(?:([a-z]+):\/\/)?([^/]+)\/?$/i.exec(text);
  const scheme = match?.[1]?.toLowerCase() ?? 'ws';
  const address = match?.[2] === undefined ? undefined : parseAddress(match[2]);
  if (!SCHEMES.has(scheme) || address === undefined || address.port === 0) {
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      `'${text}' is no name server address: write host:port (WebSocket), wss://host:port, or tcp://host:port for an Apache RocketMQ cluster`,
    );
  }
  return { scheme: tls ? SECURE[scheme as Scheme] : (scheme as Scheme), address: formatAddress(address) };
}

/**
 * Reads 'a:9876;b:9876' or a list of such texts; a bare address is WebSocket. `tls` secures all of them.
 * Throws INVALID_ARGUMENT for what is no address, for none at all, and for servers that are reached in different ways.
 */
export function parseNamesrv(input: string | readonly string[], tls = false): NamesrvAddresses {
  const texts = (typeof input === 'string' ? [input] : input)
    .flatMap((text) => text.split(/[;,]/))
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const parsed = texts.map((text) => parseOne(text, tls));
  const first = parsed[0];
  if (first === undefined) {
    throw new RocketMQError('INVALID_ARGUMENT', "there is no name server address: give one, as 'localhost:9876'");
  }
  if (parsed.some((one) => one.scheme !== first.scheme)) {
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      `'${texts.join(';')}' mixes schemes: all name servers must be reached the same way`,
    );
  }
  return { scheme: first.scheme, addresses: [...new Set(parsed.map((one) => withScheme(one.scheme, one.address)))] };
}

/** Brokers are reached by the transport of their name server. */
export function withScheme(scheme: Scheme, address: string): string {
  return `${scheme}://${address}`;
}

/** `host:port`, for people and for servers. */
export function withoutScheme(address: string): string {
  return address.slice(address.indexOf('://') + 3);
}
