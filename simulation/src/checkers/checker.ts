import type { Observation } from '../observations.js';

export type CheckerName = 'delivery' | 'invention' | 'order' | 'offsets' | 'ownership';

/** Something that must not be. `program`: a program threw or did not come to an end. */
export interface Violation {
  readonly checker: CheckerName | 'program';
  readonly text: string;
}

/** What must hold at every step goes to `report`; what must hold in the end `validate` tells. */
export interface Checker {
  readonly name: CheckerName;
  observe(observation: Observation): void;
  /** Whether the end is reached: nothing is to come any more. */
  readonly settled: boolean;
  /** What is still wrong when everything had its time. */
  validate(): string[];
}

export type Report = (text: string) => void;
