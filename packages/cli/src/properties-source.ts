import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import {
  environmentEntries,
  flagEntries,
  type OptionSource,
  type OptionTable,
  parseProperties,
} from '@cometmq/runtime';
import { UsageError } from './usage-error.js';

/** Where settings of one server come from; what stands further down wins. */
export interface PropertySources {
  /** A file of Apache's form: broker.conf, namesrv.conf. */
  readonly file?: string | undefined;
  /** `COMETMQ_SET`: `key=value` pairs separated by `;`. `COMETMQ_SET_FLUSH_DISK_TYPE`: one setting, `;` and all. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** `--set key=value`, repeatable. */
  readonly flags?: readonly string[] | undefined;
}

const VARIABLE = 'COMETMQ_SET';

function fromFile(path: string): OptionSource {
  try {
    return { name: basename(path), entries: [...parseProperties(readFileSync(path, 'utf8'))] };
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** All settings by their sources; `table` has the keys. Throws UsageError or OptionsError naming what cannot be read. */
export function readProperties(sources: PropertySources, table: OptionTable): readonly OptionSource[] {
  const { environment = {}, file, flags = [] } = sources;
  const pairs = (environment[VARIABLE] ?? '').split(';').filter((text) => text.trim() !== '');
  return [
    ...(file === undefined ? [] : [fromFile(file)]),
    { name: VARIABLE, entries: [...flagEntries(pairs, VARIABLE)] },
    { name: 'environment', entries: [...environmentEntries(table, environment, `${VARIABLE}_`)] },
    { name: '--set', entries: [...flagEntries(flags)] },
  ];
}

/** The text of one key that wins, or undefined when no source has it. */
export function propertyOf(sources: readonly OptionSource[], key: string): string | undefined {
  let found: string | undefined;
  for (const { entries } of sources) {
    for (const [name, text] of entries) if (name === key) found = text;
  }
  return found;
}

/** What is left of the sources when only some keys count. */
export function onlyKeys(sources: readonly OptionSource[], keep: (key: string) => boolean): OptionSource[] {
  return sources.map(({ name, entries }) => ({ name, entries: [...entries].filter(([key]) => keep(key)) }));
}
