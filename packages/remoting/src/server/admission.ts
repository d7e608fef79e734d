/** Bounds on the work in progress of one family of requests. Requests answered at once are never counted. */
export interface FamilyLimits {
  /** For gauges: `send`, `pull`, … */
  readonly name: string;
  /** Codes of the requests in it. */
  readonly codes: readonly number[];
  /** Requests being worked on; default 10 000 (Apache's queue length for sends). */
  readonly maxRequests?: number;
  /** Their bodies together; default 256 MiB. */
  readonly maxBytes?: number;
  /** Requests that only wait (long polling); default 100 000 (Apache's queue length for pulls). */
  readonly maxParked?: number;
  /** Of how many others one request counts in `maxWorkPerConnection`, for those with large answers; default 1. */
  readonly weight?: number;
}

export interface AdmissionOptions {
  readonly families?: readonly FamilyLimits[];
  /** For the requests of no family; defaults as above. */
  readonly others?: Omit<FamilyLimits, 'name' | 'codes'>;
}

const DEFAULT_MAX_REQUESTS = 10_000;
const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;
const DEFAULT_MAX_PARKED = 100_000;

/** What one family has in progress. */
export class Family {
  requests = 0;
  bytes = 0;
  parked = 0;
  /** Requests refused since the start. */
  rejected = 0;
  readonly weight: number;
  readonly #maxRequests: number;
  readonly #maxBytes: number;
  readonly #maxParked: number;

  constructor(
    readonly name: string,
    limits: Omit<FamilyLimits, 'name' | 'codes'>,
  ) {
    this.weight = limits.weight ?? 1;
    this.#maxRequests = limits.maxRequests ?? DEFAULT_MAX_REQUESTS;
    this.#maxBytes = limits.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#maxParked = limits.maxParked ?? DEFAULT_MAX_PARKED;
  }

  /** Whether one more request may be started. */
  get full(): boolean {
    return this.requests >= this.#maxRequests || this.bytes >= this.#maxBytes || this.parked >= this.#maxParked;
  }
}

/** Which family a request belongs to. */
export class Admission {
  readonly #byCode = new Map<number, Family>();
  readonly #others: Family;
  readonly families: readonly Family[];

  constructor(options: AdmissionOptions = {}) {
    this.#others = new Family('other', options.others ?? {});
    const families = [this.#others];
    for (const limits of options.families ?? []) {
      const family = new Family(limits.name, limits);
      families.push(family);
      for (const code of limits.codes) this.#byCode.set(code, family);
    }
    this.families = families;
  }

  familyOf(code: number): Family {
    return this.#byCode.get(code) ?? this.#others;
  }
}
