import type { Codecs } from '@cometmq/runtime';
import { compareQueues, type MessageQueue } from '../../message/message-queue.js';

/**
 * Decides which queues of one topic belong to `clientId`. Every member of the group computes it alone from the same
 * sorted lists, so it must be a pure function of its arguments.
 */
export type AllocateStrategy = (
  group: string,
  clientId: string,
  queues: readonly MessageQueue[],
  clients: readonly string[],
) => MessageQueue[];

/** The order in which all members must see the queues (client-behaviour, 6). */
export const sortQueues = (queues: readonly MessageQueue[]): MessageQueue[] => queues.toSorted(compareQueues);

/** AVG: neighbouring queues, the first members get one more. */
export const allocateAveragely: AllocateStrategy = (_group, clientId, queues, clients) => {
  const index = clients.indexOf(clientId);
  if (index < 0) return [];
  const rest = queues.length % clients.length;
  const share = Math.floor(queues.length / clients.length) + (index < rest ? 1 : 0);
  const start = index * Math.floor(queues.length / clients.length) + Math.min(index, rest);
  return queues.slice(start, start + share);
};

/** AVG_BY_CIRCLE: dealt out like cards. */
export const allocateByCircle: AllocateStrategy = (_group, clientId, queues, clients) => {
  const index = clients.indexOf(clientId);
  return index < 0 ? [] : queues.filter((_, position) => position % clients.length === index);
};

const VIRTUAL_NODES = 10;
const encoder = new TextEncoder();

/**
 * CONSISTENT_HASH: a ring of ten virtual nodes a member, MD5 cut to four bytes; few queues move when members come and go
 * (Apache's ConsistentHashRouter; a queue's key is its Java toString).
 */
export function allocateByConsistentHash(codecs: Pick<Codecs, 'md5'>): AllocateStrategy {
  const hash = (key: string): number => {
    const digest = codecs.md5(encoder.encode(key));
    return ((digest[0]! << 24) | (digest[1]! << 16) | (digest[2]! << 8) | digest[3]!) >>> 0;
  };
  return (_group, clientId, queues, clients) => {
    if (!clients.includes(clientId)) return [];
    const owners = new Map<number, string>();
    for (const client of clients) for (let i = 0; i < VIRTUAL_NODES; i += 1) owners.set(hash(`${client}-${i}`), client);
    const ring = [...owners.keys()].toSorted((a, b) => a - b);
    return queues.filter((queue) => {
      const at = hash(`MessageQueue [topic=${queue.topic}, brokerName=${queue.brokerName}, queueId=${queue.queueId}]`);
      return owners.get(ring.find((point) => point >= at) ?? ring[0]!) === clientId;
    });
  };
}

/** The machine room of a broker name or client id: the text before the first `-`. */
const roomOf = (name: string): string => name.split('-', 1)[0]!;

/** MACHINE_ROOM_NEARBY: members share the queues of their own room; rooms without a member are shared by all. */
export function allocateNearby(within: AllocateStrategy): AllocateStrategy {
  return (group, clientId, queues, clients) => {
    if (!clients.includes(clientId)) return [];
    const populated = new Set(clients.map(roomOf));
    const ownRoom = roomOf(clientId);
    const ofRoom = (room: string) => queues.filter(({ brokerName }) => roomOf(brokerName) === room);
    const neighbours = clients.filter((client) => roomOf(client) === ownRoom);
    const empty = [...new Set(queues.map(({ brokerName }) => roomOf(brokerName)))].filter(
      (room) => !populated.has(room),
    );
    return [
      ...within(group, clientId, ofRoom(ownRoom), neighbours),
      ...empty.toSorted().flatMap((room) => within(group, clientId, ofRoom(room), clients)),
    ];
  };
}

export const ALLOCATE_NAMES = ['averagely', 'circle', 'consistent-hash', 'machine-room-nearby'] as const;
export type AllocateName = (typeof ALLOCATE_NAMES)[number];

/** The strategy of a name, or a user's own function as it is. */
export function allocateStrategy(
  choice: AllocateName | AllocateStrategy,
  codecs: Pick<Codecs, 'md5'>,
): AllocateStrategy {
  if (typeof choice === 'function') return choice;
  switch (choice) {
    case 'averagely':
      return allocateAveragely;
    case 'circle':
      return allocateByCircle;
    case 'consistent-hash':
      return allocateByConsistentHash(codecs);
    case 'machine-room-nearby':
      return allocateNearby(allocateAveragely);
  }
}
