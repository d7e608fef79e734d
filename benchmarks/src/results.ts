import { median, ratio } from './statistics.js';

/** One run of one contestant. */
export interface Sample {
  /** In the case's unit. */
  readonly value: number;
  readonly p50Us?: number;
  readonly p99Us?: number;
  /** Processor time of the server's processes and of the client's process per message. */
  readonly serverUs?: number;
  readonly clientUs?: number;
  readonly errors?: number;
  /** How much of the machine's processor time others took meanwhile, 0 to 1. */
  readonly foreignShare?: number;
}

export type Unit = 'msg/s' | 'ms' | 'MiB';

export interface CaseResult {
  readonly id: string;
  readonly unit: Unit;
  readonly samples: Map<string, Sample[]>;
}

/** Everything that was measured, by case and contestant. */
export class Results {
  readonly #cases = new Map<string, CaseResult>();

  add(id: string, unit: Unit, contestant: string, sample: Sample): void {
    const found = this.#cases.get(id) ?? { id, unit, samples: new Map<string, Sample[]>() };
    this.#cases.set(id, found);
    found.samples.set(contestant, [...(found.samples.get(contestant) ?? []), sample]);
  }

  cases(): CaseResult[] {
    return [...this.#cases.values()];
  }

  values(id: string, contestant: string, field: Exclude<keyof Sample, 'errors'> = 'value'): number[] {
    const samples = this.#cases.get(id)?.samples.get(contestant) ?? [];
    return samples.map((sample) => sample[field]).filter((value) => value !== undefined);
  }

  median(id: string, contestant: string, field: Exclude<keyof Sample, 'errors'> = 'value'): number | undefined {
    const values = this.values(id, contestant, field);
    return values.length === 0 ? undefined : median(values);
  }

  /** Undefined when one of them has no figure. */
  ratio(
    id: string,
    ours: string,
    theirs: string,
    field: Exclude<keyof Sample, 'errors'> = 'value',
  ): number | undefined {
    const first = this.values(id, ours, field);
    const second = this.values(id, theirs, field);
    // In a short run a process may have got no tick of the clock that processor time is counted in.
    const value = first.length === 0 || second.length === 0 ? Number.NaN : ratio(first, second);
    return Number.isFinite(value) ? value : undefined;
  }

  /** What others took of the machine in the middle run; undefined when nothing was loaded. */
  foreignShare(): number | undefined {
    const shares = this.cases().flatMap(({ samples }) =>
      [...samples.values()].flat().flatMap(({ foreignShare }) => (foreignShare === undefined ? [] : [foreignShare])),
    );
    return shares.length === 0 ? undefined : median(shares);
  }
}
