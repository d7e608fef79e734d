import type { Connection } from '@cometmq/remoting';
import type { BrokerSettings } from '../broker-settings.js';
import type { ClientRegistry } from '../clients/client-registry.js';
import type { LockedQueue, QueueLocks } from './queue-locks.js';

/**
 * Whether the peer is a member of the group and another member holds the queue's lock: then what it says of the queue is
 * late (it was cut off, its lock has expired), and the owner knows more. Tools, which are no members, may do anything.
 */
export function lockedByAnother(
  parts: {
    readonly locks: QueueLocks;
    readonly clients: ClientRegistry;
    readonly settings: Pick<BrokerSettings, 'refuseLateOffsets'>;
  },
  group: string,
  queue: LockedQueue,
  connection: Connection,
): boolean {
  if (!parts.settings.refuseLateOffsets) return false;
  const owner = parts.locks.owner(group, queue);
  if (owner === undefined) return false;
  const member = parts.clients.consumerGroup(group)?.channels.get(connection);
  return member !== undefined && member.clientId !== owner;
}
