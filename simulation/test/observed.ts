import type { Delivery, Observation, Place } from '../src/observations.js';

/* Observations for tests of checkers. */

export const place = (offset: number, queue = 'alpha/orders/0'): Place => ({ queue, offset });

/** A message that its group has seen whole. */
export const delivery = (id: number, offset: number, more: Partial<Delivery> = {}): Delivery => ({
  group: 'orderly',
  member: 'orderly-1',
  id,
  place: place(offset),
  intact: true,
  ...more,
});

export const begin = (id: number, offset: number, more: Partial<Delivery> = {}): Observation => ({
  kind: 'begin',
  ...delivery(id, offset, more),
});

export const end = (id: number, offset: number, more: Partial<Delivery> = {}, handled = true): Observation => ({
  kind: 'end',
  handled,
  ...delivery(id, offset, more),
});

export const handled = (id: number, offset: number, more: Partial<Delivery> = {}): Observation[] => [
  begin(id, offset, more),
  end(id, offset, more),
];

export const sent = (id: number): Observation => ({ kind: 'sent', id, by: 'sender-1', delayed: false });

export const acknowledged = (id: number, at?: Place): Observation => ({ kind: 'acknowledged', id, place: at });

export const committed = (offset: number, by: string | undefined = 'orderly-1', group = 'orderly'): Observation => ({
  kind: 'committed',
  by,
  group,
  queue: 'alpha/orders/0',
  offset,
  atMs: 5,
});

export const locked = (member: string, untilMs: number): Observation => ({
  kind: 'locked',
  group: 'orderly',
  queue: 'alpha/orders/0',
  member,
  untilMs,
});

export const owned = (member: string, queues: readonly string[], group = 'orderly'): Observation => ({
  kind: 'owned',
  member,
  group,
  queues,
});
