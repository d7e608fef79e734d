import { networkInterfaces } from 'node:os';
import { addressBytes } from '@cometmq/protocol';
import type { ProcessIdentity } from '../client/client-id.js';

/** The first address of this machine that others can see, IPv4 first; without one the loopback address. */
export function processIdentity(): ProcessIdentity {
  const found = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((address) => !address.internal && !address.address.startsWith('fe80'));
  const chosen = found.find((address) => address.family === 'IPv4') ?? found[0];
  return { address: addressBytes(chosen?.address ?? '127.0.0.1') ?? Uint8Array.of(127, 0, 0, 1), pid: process.pid };
}
