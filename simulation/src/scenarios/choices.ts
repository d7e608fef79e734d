import type { FaultChoice } from '../faults/plan-faults.js';

/* What happens in scenarios, by theme. */

export const BROKER_ENDS: readonly FaultChoice[] = [
  { kind: 'process-crash', on: ['brokers'], forMs: [100, 20_000] },
  { kind: 'power-loss', on: ['brokers'], forMs: [500, 20_000] },
  { kind: 'restart', on: ['brokers'], forMs: [100, 10_000] },
];

export const NAMESRV_ENDS: readonly FaultChoice[] = [
  { kind: 'process-crash', on: ['namesrvs'], forMs: [100, 40_000] },
  { kind: 'power-loss', on: ['namesrvs'], forMs: [500, 40_000] },
  { kind: 'restart', on: ['namesrvs'], forMs: [100, 10_000] },
];

export const MEMBERS_CHANGE: readonly FaultChoice[] = [
  { kind: 'process-crash', on: ['members'], forMs: [100, 30_000] },
  { kind: 'power-loss', on: ['members'], forMs: [500, 40_000], weight: 0.5 },
  { kind: 'restart', on: ['members'], forMs: [100, 10_000] },
  { kind: 'join', on: ['spares'], forMs: [2_000, 40_000], weight: 2 },
];

/** Nobody dies: all that changes does so in order. */
export const MEMBERS_COME_AND_GO: readonly FaultChoice[] = [
  { kind: 'restart', on: ['members'], forMs: [100, 10_000] },
  { kind: 'restart', on: ['namesrvs', 'senders'], forMs: [100, 10_000], weight: 0.5 },
  { kind: 'join', on: ['spares'], forMs: [2_000, 40_000] },
];

export const SENDERS_END: readonly FaultChoice[] = [
  { kind: 'process-crash', on: ['senders'], forMs: [100, 5_000] },
  { kind: 'restart', on: ['senders'], forMs: [100, 5_000] },
];

export const CLIENTS_CUT_OFF: readonly FaultChoice[] = [
  { kind: 'partition', on: ['members', 'senders'], forMs: [100, 60_000], weight: 2 },
  { kind: 'cut', on: ['members', 'senders'], forMs: [100, 60_000] },
  { kind: 'slow-link', on: ['members', 'senders'], forMs: [1_000, 20_000] },
  { kind: 'reset', on: ['members', 'senders'], forMs: [1, 2] },
];

export const SERVERS_CUT_OFF: readonly FaultChoice[] = [
  { kind: 'partition', on: ['brokers'], forMs: [100, 60_000] },
  { kind: 'cut', on: ['brokers'], forMs: [100, 60_000] },
  { kind: 'slow-link', on: ['brokers'], forMs: [1_000, 20_000] },
  { kind: 'reset', on: ['brokers'], forMs: [1, 2] },
];

export const DISK_FULL: readonly FaultChoice[] = [{ kind: 'full-disk', on: ['brokers'], forMs: [100, 20_000] }];

export const DISK_SLOW: readonly FaultChoice[] = [{ kind: 'slow-sync', on: ['brokers'], forMs: [1_000, 20_000] }];

export const DISK_ERRORS: readonly FaultChoice[] = [
  { kind: 'read-error', on: ['brokers'], forMs: [100, 5_000] },
  { kind: 'sync-error', on: ['brokers'], forMs: [100, 10_000] },
  { kind: 'sync-loss', on: ['brokers'], forMs: [100, 10_000] },
];

export const CLOCK_JUMPS: readonly FaultChoice[] = [{ kind: 'clock-jump', forMs: [1_000, 30_000] }];

const LONG = [20_000, 250_000] as const;

/** Longer than anybody waits for anybody: locks, clients and brokers are given up. */
export const LONG_OUTAGES: readonly FaultChoice[] = [
  { kind: 'process-crash', on: ['brokers', 'namesrvs', 'members'], forMs: LONG },
  { kind: 'power-loss', on: ['brokers', 'namesrvs', 'members'], forMs: LONG },
  { kind: 'partition', on: ['brokers', 'members', 'senders'], forMs: LONG, weight: 3 },
  { kind: 'cut', on: ['brokers', 'members', 'senders'], forMs: LONG, weight: 3 },
];

/** Every theme, for scenarios that mix them. */
export const THEMES: readonly (readonly FaultChoice[])[] = [
  BROKER_ENDS,
  NAMESRV_ENDS,
  MEMBERS_CHANGE,
  SENDERS_END,
  CLIENTS_CUT_OFF,
  SERVERS_CUT_OFF,
  DISK_FULL,
  DISK_SLOW,
  DISK_ERRORS,
  CLOCK_JUMPS,
];
