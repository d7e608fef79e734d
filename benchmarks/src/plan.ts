/** How long everything takes. */
export interface Plan {
  readonly name: 'full' | 'quick';
  readonly rounds: number;
  /** A run ends after so long or after so many messages, whichever is first. */
  readonly runMs: number;
  readonly runCount: number;
  /** Once per client and server, at the start. */
  readonly warmUpMs: number;
  /** Once per case and contestant. */
  readonly caseWarmUpMs: number;
  readonly consumeCount: number;
  readonly consumeRounds: number;
  readonly startRounds: number;
  readonly coldRounds: number;
  readonly restMs: number;
  /** Body sizes of the cases that are measured with both. */
  readonly sizes: readonly number[];
}

export const fullPlan: Plan = {
  name: 'full',
  rounds: 5,
  runMs: 10_000,
  runCount: 300_000,
  warmUpMs: 10_000,
  caseWarmUpMs: 2000,
  consumeCount: 300_000,
  consumeRounds: 5,
  startRounds: 5,
  coldRounds: 15,
  restMs: 5000,
  sizes: [128, 1024],
};

/** Rough figures within three minutes. */
export const quickPlan: Plan = {
  name: 'quick',
  rounds: 2,
  runMs: 800,
  runCount: 300_000,
  warmUpMs: 3000,
  caseWarmUpMs: 400,
  consumeCount: 40_000,
  consumeRounds: 2,
  startRounds: 0,
  coldRounds: 5,
  restMs: 500,
  sizes: [1024],
};
