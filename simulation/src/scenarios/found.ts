import type { PlannedFault } from '../faults/fault.js';
import { DURABLE } from './broker-options.js';
import type { Scenario } from './scenario.js';

/** What happens besides the faults follows from the seed and this. */
const DENSE = { durationMs: 60_000, pauseMs: 100, brokerOptions: DURABLE } as const;

const slowSync = (atMs: number, forMs: number, host: string, syncMs: number): PlannedFault => ({
  atMs,
  forMs,
  fault: { kind: 'slow-sync', host, syncMs },
});

const powerLoss = (atMs: number, forMs: number, host: string): PlannedFault => ({
  atMs,
  forMs,
  fault: { kind: 'power-loss', host },
});

/** Faults of ours that the simulator has found, each with the seed and the fewest faults that showed it. */
export const FOUND: readonly Scenario[] = [
  {
    ...DENSE,
    name: 'found-delay-offset-ahead',
    meaning: 'delayed messages were lost: their level had gone on before the disk had what was delivered',
    onlySeed: 4,
    faults: [slowSync(361, 9034, 'beta', 7961), slowSync(3149, 7391, 'alpha', 6758), powerLoss(14_504, 132, 'alpha')],
  },
  {
    ...DENSE,
    name: 'found-send-back-unsynced',
    meaning: 'a message given back was lost: the consumer was told that it is stored before the disk had it',
    onlySeed: 26,
    faults: [slowSync(224, 8050, 'alpha', 660), powerLoss(2487, 537, 'alpha')],
  },
  {
    ...DENSE,
    name: 'found-lock-over-new-connection',
    meaning: 'a member took its lock for renewed by a broker that had restarted and served another meanwhile',
    onlySeed: 3,
    faults: [powerLoss(47_488, 887, 'beta'), powerLoss(49_854, 248, 'beta'), powerLoss(52_068, 726, 'alpha')],
  },
  {
    ...DENSE,
    name: 'found-commit-over-new-connection',
    meaning: 'a member that had lost its lock stored its offsets over the connection that told it so',
    onlySeed: 16,
    faults: [
      powerLoss(22_799, 4108, 'alpha'),
      powerLoss(28_201, 2287, 'beta'),
      powerLoss(40_727, 267, 'beta'),
      powerLoss(42_293, 287, 'beta'),
      powerLoss(44_254, 192, 'alpha'),
    ],
  },
  {
    ...DENSE,
    name: 'found-torn-properties',
    meaning: 'a record that was torn in its properties, which no checksum covers, was taken for a message',
    onlySeed: 5,
    faults: [
      powerLoss(3351, 4088, 'beta'),
      slowSync(4109, 7982, 'beta', 3824),
      slowSync(8558, 13_841, 'alpha', 1433),
      powerLoss(12_790, 1304, 'alpha'),
      powerLoss(16_720, 281, 'beta'),
      powerLoss(21_648, 1880, 'alpha'),
      powerLoss(26_731, 2867, 'beta'),
      powerLoss(32_052, 651, 'alpha'),
      powerLoss(33_570, 1015, 'alpha'),
      slowSync(36_321, 19_428, 'beta', 2051),
      slowSync(40_375, 7961, 'alpha', 982),
      powerLoss(52_302, 294, 'beta'),
    ],
  },
  {
    ...DENSE,
    pauseMs: 250,
    name: 'found-forgotten-by-the-kernel',
    meaning: 'messages were lost behind a hole: what a failed sync made the kernel forget was never written again',
    onlySeed: 4,
    faults: [
      { atMs: 18_794, forMs: 198, fault: { kind: 'sync-loss', host: 'alpha', count: 3 } },
      powerLoss(35_274, 1798, 'alpha'),
    ],
  },
];
