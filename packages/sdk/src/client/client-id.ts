import { type Random, randomInt } from '@cometmq/runtime';

/** What makes this process differ from all others: part of client ids and message ids. */
export interface ProcessIdentity {
  /** This machine's address as 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly pid: number;
}

/** An identity where the platform gives none (browsers, simulations): an address of 10.0.0.0/8 and a process id by chance. */
export function randomIdentity(random: Random): ProcessIdentity {
  const address = Uint8Array.of(10, randomInt(random, 256), randomInt(random, 256), 1 + randomInt(random, 254));
  return { address, pid: 1 + randomInt(random, 0xffff) };
}

function addressText(address: Uint8Array): string {
  if (address.length === 4) return address.join('.');
  const groups: string[] = [];
  for (let at = 0; at + 1 < address.length; at += 2) groups.push(((address[at]! << 8) | address[at + 1]!).toString(16));
  return groups.join(':');
}

/**
 * `ip@instance` (client-behaviour 1.1). Without a name the instance is `pid#number`, so that two clients of one process are
 * two members of a group.
 */
export function clientId(identity: ProcessIdentity, instanceName: string | undefined, maker: number): string {
  const instance = instanceName === undefined || instanceName === 'DEFAULT' ? `${identity.pid}#${maker}` : instanceName;
  return `${addressText(identity.address)}@${instance}`;
}
