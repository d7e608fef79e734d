/** Bounds on what one connection has asked and not yet been answered. */
export interface InFlightLimits {
  /** Requests on the way; default 65 535, as Apache's client. */
  readonly maxRequests: number;
  /** Their bodies together; default 128 MiB. */
  readonly maxBytes: number;
  /** Requests that wait because one of the above is reached; above it they are refused. Default 65 535. */
  readonly maxWaiting: number;
  /** `wait`: a request beyond the bounds waits for room until its deadline; `refuse`: it fails at once. Default `wait`. */
  readonly whenFull: 'wait' | 'refuse';
}

export const DEFAULT_IN_FLIGHT_LIMITS: InFlightLimits = {
  maxRequests: 65_535,
  maxBytes: 128 * 1024 * 1024,
  maxWaiting: 65_535,
  whenFull: 'wait',
};
