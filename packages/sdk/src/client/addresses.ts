import { formatAddress, parseAddress } from '@cometmq/runtime';
import { RocketMQError } from './errors.js';

/** Transport of a name server's address: `tcp://` is Apache's remoting, all else WebSocket; `memory://` is for tests. */
export type AddressKind = 'ws' | 'tcp' | 'memory';

export interface NamesrvAddresses {
  readonly kind: AddressKind;
  /** `wss://` was asked for. */
  readonly secure: boolean;
  /** `host:port` each, in the order given, without repetitions. */
  readonly addresses: readonly string[];
}

const SCHEMES: Readonly<Record<string, { readonly kind: AddressKind; readonly secure: boolean }>> = {
  'ws:': { kind: 'ws', secure: false },
  'wss:': { kind: 'ws', secure: true },
  'tcp:': { kind: 'tcp', secure: false },
  'memory:': { kind: 'memory', secure: false },
};

function parseOne(text: string): { readonly kind: AddressKind; readonly secure: boolean; readonly address: string } {
  const match = /^(?:([a-z]+:)\/\/)?([^/]+)\/?$/i.exec(text);
  const scheme = SCHEMES[match?.[1]?.toLowerCase() ?? 'ws:'];
  const address = match?.[2] === undefined ? undefined : parseAddress(match[2]);
  if (scheme === undefined || address === undefined) {
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      `'${text}' is no name server address: write host:port (WebSocket), wss://host:port, or tcp://host:port for an Apache RocketMQ cluster`,
    );
  }
  return { ...scheme, address: formatAddress(address) };
}

/** Reads 'a:9876;b:9876' or a list of such texts. Throws INVALID_ARGUMENT for what is no address, for none, and for mixed kinds. */
export function parseNamesrv(input: string | readonly string[]): NamesrvAddresses {
  const texts = (typeof input === 'string' ? [input] : input)
    .flatMap((text) => text.split(/[;,]/))
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const parsed = texts.map(parseOne);
  const first = parsed[0];
  if (first === undefined) throw new RocketMQError('INVALID_ARGUMENT', "there is no name server address: give one, as 'localhost:9876'");
  const other = parsed.find((one) => one.kind !== first.kind || one.secure !== first.secure);
  if (other !== undefined) {
    throw new RocketMQError('INVALID_ARGUMENT', `name servers must all be reached the same way: '${texts.join(';')}' mixes kinds`);
  }
  return { kind: first.kind, secure: first.secure, addresses: [...new Set(parsed.map((one) => one.address))] };
}
