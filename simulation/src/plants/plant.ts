import type { BrokerOptions } from '@cometmq/broker';
import type { BrokerTap } from '../cluster/programs.js';
import type { CheckerName } from '../checkers/checker.js';

/** A bug put in on purpose, to see that a checker finds it. */
export interface Plant {
  readonly name: string;
  readonly meaning: string;
  /** Where it shows. Default: `torn-tail`. */
  readonly scenario?: string;
  /** The one that is there for it. */
  readonly checker: CheckerName;
  /** Brokers behave wrongly. A new tap for each run: it counts. */
  readonly tap?: () => BrokerTap;
  /** Brokers are set up wrongly. */
  readonly brokerOptions?: (usual: Omit<BrokerOptions, 'storePathRootDir'>) => Omit<BrokerOptions, 'storePathRootDir'>;
}
