import { assert } from './assert.js';

interface Described {
  /** What it does, in a sentence. */
  readonly meaning: string;
  /** Of numbers: `ms`, `bytes`, `messages`. */
  readonly unit?: string;
  /** What can go wrong with a value far from the default. */
  readonly danger?: string;
  /** It decides what is built at the start: a running server refuses to change it. */
  readonly atStart?: boolean;
}

/** One option. Its key in the table is Apache's name where Apache has one. */
export type OptionSpec = Described &
  /** `form` is the pattern in words. */
  (
    | { readonly type: 'string'; readonly default: string; readonly pattern?: RegExp; readonly form?: string }
    | { readonly type: 'boolean'; readonly default: boolean }
    /** Both bounds belong to the range. Default: what Java's `int` holds. */
    | { readonly type: 'int'; readonly default: number; readonly min?: number; readonly max?: number }
    /** Default range: the integers that a `number` holds exactly. */
    | { readonly type: 'long'; readonly default: number; readonly min?: number; readonly max?: number }
    | { readonly type: 'enum'; readonly default: string; readonly values: readonly string[] }
    /** Texts without the separator; blanks around them and empty ones fall away. */
    | { readonly type: 'csv'; readonly default: readonly string[]; readonly separator?: ',' | ';' }
  );

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** The value of an option as the program has it. */
export type OptionValue<S extends OptionSpec> = S extends { readonly type: 'boolean' }
  ? boolean
  : S extends { readonly type: 'int' | 'long' }
    ? number
    : S extends { readonly type: 'enum'; readonly values: readonly (infer V)[] }
      ? V
      : S extends { readonly type: 'csv' }
        ? readonly string[]
        : string;

/** The values of a whole table. */
export type OptionValues<T extends OptionTable> = { readonly [K in keyof T]: OptionValue<T[K]> };

/** Values as a program gives them; what is missing or undefined takes its default. */
export type GivenOptions<Values> = { readonly [K in keyof Values]?: Values[K] | undefined };

/** Texts by key from one place: a file, the environment, flags. */
export interface OptionSource {
  /** For messages: `broker.conf`, `--set`. */
  readonly name: string;
  readonly entries: Iterable<readonly [key: string, text: string]>;
}

/** Texts by key, or several sources of them, the later winning over the earlier. */
export type OptionTexts = Readonly<Record<string, string>> | readonly OptionSource[];

export interface OptionProblem {
  readonly key: string;
  readonly given: string;
  readonly source: string;
  /** What would be right. */
  readonly allowed: string;
}

/** Texts that are no values of their options; the message has one line for each. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
  constructor(readonly problems: readonly OptionProblem[]) {
    super(
      problems.map(({ allowed, given, key, source }) => `${key}=${given} (${source}): must be ${allowed}`).join('\n'),
    );
  }
}

/** A key that the table does not have. */
export interface UnknownOption {
  readonly key: string;
  readonly source: string;
  /** The option that may have been meant. */
  readonly meant: string | undefined;
}

export interface ParsedOptions<T extends OptionTable> {
  readonly values: OptionValues<T>;
  /** Those that some source has set. */
  readonly given: ReadonlySet<keyof T & string>;
  readonly unknown: readonly UnknownOption[];
}

const INT = { min: -0x8000_0000, max: 0x7fff_ffff } as const;
const LONG = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER } as const;
/** Typing errors apart at most. */
const NEAR = 2;

/** Keeps the literal types of a table and checks that every default is a value of its option. */
export function defineOptions<const T extends OptionTable>(table: T): T {
  for (const [key, spec] of Object.entries<OptionSpec>(table)) {
    const text = formatOption(spec, spec.default);
    assert(parseOption(spec, text) !== undefined, `the default of option ${key} is ${optionRange(spec)}`);
  }
  return table;
}

export function optionDefaults<T extends OptionTable>(table: T): OptionValues<T> {
  return Object.fromEntries(Object.entries(table).map(([key, spec]) => [key, spec.default])) as OptionValues<T>;
}

/** Fills in the defaults; properties that are no options are passed over. Throws OptionsError with every problem there is. */
export function completeOptions<T extends OptionTable>(
  table: T,
  given: GivenOptions<OptionValues<T>>,
  source = 'options',
): OptionValues<T> {
  const values: Record<string, unknown> = {};
  const problems: OptionProblem[] = [];
  for (const [key, spec] of Object.entries<OptionSpec>(table)) {
    const value: unknown = (given as Readonly<Record<string, unknown>>)[key] ?? spec.default;
    const right = typeof value === typeof spec.default && Array.isArray(value) === Array.isArray(spec.default);
    values[key] = right ? parseOption(spec, formatOption(spec, value as typeof spec.default)) : undefined;
    if (values[key] === undefined) {
      problems.push({ key, given: String(value), source, allowed: optionRange(spec) });
    }
  }
  if (problems.length > 0) throw new OptionsError(problems);
  return values as OptionValues<T>;
}

/** The sources in `texts`; texts without a source of their own come from `name`. */
export function optionSources(texts: OptionTexts, name: string): readonly OptionSource[] {
  return Array.isArray(texts) ? (texts as readonly OptionSource[]) : [{ name, entries: Object.entries(texts) }];
}

/** Reads all sources, the later winning over the earlier. Throws OptionsError with every problem there is. */
export function parseOptions<T extends OptionTable>(table: T, sources: Iterable<OptionSource>): ParsedOptions<T> {
  const values: Record<string, unknown> = { ...optionDefaults(table) };
  const given = new Set<keyof T & string>();
  const unknown: UnknownOption[] = [];
  const problems: OptionProblem[] = [];
  for (const { entries, name: source } of sources) {
    for (const [key, text] of entries) {
      const spec = Object.hasOwn(table, key) ? table[key] : undefined;
      if (!spec) {
        unknown.push({ key, source, meant: nearestKey(table, key) });
        continue;
      }
      const value = parseOption(spec, text);
      if (value === undefined) problems.push({ key, given: text, source, allowed: optionRange(spec) });
      values[key] = value;
      given.add(key);
    }
  }
  if (problems.length > 0) throw new OptionsError(problems);
  return { values: values as OptionValues<T>, given, unknown };
}

/** The value that a text stands for, or undefined when it stands for none. */
export function parseOption<S extends OptionSpec>(spec: S, text: string): OptionValue<S> | undefined;
export function parseOption(spec: OptionSpec, text: string): unknown {
  const trimmed = text.trim();
  switch (spec.type) {
    case 'string':
      return spec.pattern === undefined || spec.pattern.test(trimmed) ? trimmed : undefined;
    case 'boolean': {
      const lower = trimmed.toLowerCase();
      return lower === 'true' || lower === 'false' ? lower === 'true' : undefined;
    }
    case 'enum':
      return spec.values.includes(trimmed) ? trimmed : undefined;
    case 'csv':
      return trimmed
        .split(spec.separator ?? ',')
        .map((part) => part.trim())
        .filter((part) => part !== '');
    default: {
      const [min, max] = bounds(spec);
      const value = /^[+-]?\d{1,16}$/.test(trimmed) ? Number(trimmed) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    }
  }
}

/** The text that `parseOption` reads back. */
export function formatOption(spec: OptionSpec, value: string | number | boolean | readonly string[]): string {
  return spec.type === 'csv' && Array.isArray(value) ? value.join(spec.separator ?? ',') : String(value);
}

/** What is allowed, in words: `an integer from 1 to 65536 (queues)`. */
export function optionRange(spec: OptionSpec): string {
  const unit = spec.unit === undefined ? '' : ` (${spec.unit})`;
  switch (spec.type) {
    case 'string':
      return spec.form ?? (spec.pattern === undefined ? 'a text' : `a text like ${spec.pattern.source}`);
    case 'boolean':
      return 'true or false';
    case 'enum':
      return `one of ${spec.values.join(', ')}`;
    case 'csv':
      return `texts separated by "${spec.separator ?? ','}"`;
    default: {
      const [min, max] = bounds(spec);
      return `an integer from ${min} to ${max}${unit}`;
    }
  }
}

/**
 * Options from environment variables: `<prefix>FLUSH_DISK_TYPE` and `<prefix>FLUSHDISKTYPE` are both `flushDiskType`.
 * Variables with the prefix that fit no option stand for themselves and are found unknown.
 */
export function* environmentEntries(
  table: OptionTable,
  environment: Readonly<Record<string, string | undefined>>,
  prefix: string,
): Generator<readonly [key: string, text: string]> {
  const keys = new Map(Object.keys(table).map((key) => [key.toUpperCase(), key]));
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined || !variable.startsWith(prefix)) continue;
    const plain = variable.slice(prefix.length).replaceAll('_', '').toUpperCase();
    yield [keys.get(plain) ?? variable, text];
  }
}

/** Options from `key=value` texts of a command line. Throws OptionsError for one without `=`. */
export function* flagEntries(
  flags: Iterable<string>,
  source = '--set',
): Generator<readonly [key: string, text: string]> {
  for (const flag of flags) {
    const at = flag.indexOf('=');
    if (at <= 0) throw new OptionsError([{ key: flag, given: '', source, allowed: 'given as key=value' }]);
    yield [flag.slice(0, at).trim(), flag.slice(at + 1)];
  }
}

function bounds(spec: Extract<OptionSpec, { readonly type: 'int' | 'long' }>): [min: number, max: number] {
  const natural = spec.type === 'int' ? INT : LONG;
  return [spec.min ?? natural.min, spec.max ?? natural.max];
}

function nearestKey(table: OptionTable, key: string): string | undefined {
  let nearest: string | undefined;
  let least = NEAR + 1;
  for (const candidate of Object.keys(table)) {
    const distance = editDistance(key.toLowerCase(), candidate.toLowerCase(), least);
    if (distance >= least) continue;
    nearest = candidate;
    least = distance;
  }
  return nearest;
}

/** Letters to change, add or leave out; `limit` when they are that many or more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const changed = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(changed, previous[column]! + 1, current[column - 1]! + 1));
    }
    if (Math.min(...current) >= limit) return limit;
    previous = current;
  }
  return previous[b.length]!;
}
