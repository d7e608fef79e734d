import type { Plan } from '../plan.js';
import type { Progress } from '../report/progress.js';
import type { Results } from '../results.js';

/** What every group of cases gets. */
export interface BenchContext {
  readonly plan: Plan;
  readonly results: Results;
  readonly progress: Progress;
  /** Whether this run is to have the case. */
  wants(id: string): boolean;
}
