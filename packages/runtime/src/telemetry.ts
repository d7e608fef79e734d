export type LogFields = Readonly<Record<string, unknown>>;

/** Where messages for people go. `fields` carry what a program may want to search for. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}

/** Says nothing. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};

/** A number that is read when somebody asks (a scrape, an admin request): nothing is paid per message. */
export interface Gauge {
  /** Prometheus style, unit last: `rocketmq_store_flush_seconds`. */
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  /** One sample per set of labels. */
  read(): Iterable<{ readonly labels?: Readonly<Record<string, string>>; readonly value: number }>;
}

/** Gauges of the process a server runs in. `close` ends what they cost. */
export interface ProcessGauges {
  readonly gauges: readonly Gauge[];
  close(): void;
}

/** Collects gauges of a process; each room registers its own. */
export interface Meter {
  register(gauge: Gauge): void;
  readonly gauges: readonly Gauge[];
}

export function createMeter(): Meter {
  const gauges: Gauge[] = [];
  return { register: (gauge) => void gauges.push(gauge), gauges };
}
