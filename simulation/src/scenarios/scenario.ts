import type { BrokerOptions } from '@cometmq/broker';
import type { FaultProfile } from '../faults/plan-faults.js';
import type { PlannedFault } from '../faults/fault.js';
import type { Random } from '@cometmq/runtime';

export interface Scenario {
  readonly name: string;
  /** What it is about, in a line. */
  readonly meaning: string;
  /** Time in which messages are sent and faults happen, virtual ms. */
  readonly durationMs: number;
  /** Pause between two sends of one sender, on average, ms. */
  readonly pauseMs: number;
  readonly brokerOptions?: Omit<BrokerOptions, 'storePathRootDir'>;
  /** Nothing happens after which an orderly group may get again what it has handled. Default: it may. */
  readonly orderlyOnce?: boolean;
  /** The one seed with which it is of interest: a fault that was found and mended. */
  readonly onlySeed?: number;
  /** What may happen: drawn from the seed, or always the same. */
  readonly faults: FaultProfile | ((random: Random) => FaultProfile) | readonly PlannedFault[];
}
