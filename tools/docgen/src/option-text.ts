import { formatOption, optionRange, type OptionSpec } from '@cometmq/runtime';

/** Larger numbers are easier to read in groups; powers of 1024 as such. */
export function readableNumber(value: number, unit?: string): string {
  if (unit === 'bytes') {
    for (const [name, size] of [
      ['GiB', 2 ** 30],
      ['MiB', 2 ** 20],
      ['KiB', 2 ** 10],
    ] as const) {
      if (value >= size && value % size === 0) return `${value / size} ${name}`;
    }
  }
  return String(value).replace(/\B(?=(\d{3})+$)/g, value >= 10_000 ? ' ' : '');
}

/** The default, as people read it. */
export function readableDefault(spec: OptionSpec): string {
  if (spec.type === 'int' || spec.type === 'long') return readableNumber(spec.default, spec.unit);
  const text = formatOption(spec, spec.default);
  return text === '' ? 'empty' : text;
}

/** What is allowed, where the type does not say it already. */
export function readableRange(spec: OptionSpec): string {
  if (spec.type === 'boolean' || (spec.type === 'string' && spec.pattern === undefined)) return '';
  if (spec.type !== 'int' && spec.type !== 'long') return optionRange(spec);
  const { max, min, unit } = spec;
  const from = min === undefined ? '' : `from ${readableNumber(min, unit)}`;
  return max === undefined ? from : `${from} to ${readableNumber(max, unit)}`.trim();
}

/** Everything about an option in sentences, for hover texts. */
export function optionSentences(spec: OptionSpec): string {
  // An enum's values are its type.
  const range = spec.type === 'enum' ? '' : readableRange(spec);
  const inBytes = spec.unit === 'bytes' && readableDefault(spec).endsWith('iB');
  const unit = spec.unit === undefined || inBytes ? '' : `${spec.unit.startsWith('%') ? '' : ' '}${spec.unit}`;
  const facts = `Default: ${readableDefault(spec)}${unit}${range === '' ? '' : `; ${range}`}.`;
  return [spec.meaning, spec.danger, facts].filter((sentence) => sentence !== undefined).join(' ');
}
