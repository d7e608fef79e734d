import { DiskError, type DiskErrorCode } from '@cometmq/runtime';

export type DiskOperation = 'open' | 'read' | 'write' | 'sync';

/** Something that will go wrong on a simulated disk. */
export interface DiskFault {
  readonly operation: DiskOperation;
  /** Part of the path; default: any file. */
  readonly path?: string;
  /** Operations that go well first. Default 0. */
  readonly skip?: number;
  /** How often it happens. Default 1. */
  readonly count?: number;
  /** Default `IO`. */
  readonly code?: DiskErrorCode;
  /** Of a failed sync: the kernel forgets the dirty data, so a later sync that goes well does not write it. Default false. */
  readonly dropsData?: boolean;
}

interface Planned {
  readonly fault: DiskFault;
  skip: number;
  count: number;
}

/** The faults that are still to come, in the order in which they were planned. */
export class DiskFaults {
  #planned: Planned[] = [];

  plan(fault: DiskFault): void {
    this.#planned.push({ fault, skip: fault.skip ?? 0, count: fault.count ?? 1 });
  }

  clear(): void {
    this.#planned = [];
  }

  /** The fault that meets this operation. */
  take(operation: DiskOperation, path: string): DiskFault | undefined {
    if (this.#planned.length === 0) return undefined;
    for (const planned of this.#planned) {
      const { fault } = planned;
      if (fault.operation !== operation || (fault.path !== undefined && !path.includes(fault.path))) continue;
      if (planned.skip > 0) {
        planned.skip--;
        continue;
      }
      if (--planned.count === 0) this.#planned = this.#planned.filter((other) => other !== planned);
      return fault;
    }
    return undefined;
  }
}

/** What a planned fault throws. */
export function failure(fault: DiskFault, path: string): DiskError {
  return new DiskError(fault.code ?? 'IO', path, `simulated failure of ${fault.operation}`);
}
