import { readFileSync } from 'node:fs';
import { parseProperties } from '@cometmq/runtime';
import { UsageError } from './usage-error.js';

/** Where settings of one server come from; what stands further right wins. */
export interface PropertySources {
  /** A file of Apache's form: broker.conf, namesrv.conf. */
  readonly file?: string | undefined;
  /** `COMETMQ_SET`: `key=value` pairs separated by `;`. */
  readonly environment?: string | undefined;
  /** `--set key=value`, repeatable. */
  readonly flags?: readonly string[] | undefined;
}

function pair(text: string, where: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new UsageError(`${where}: "${text}" is not key=value`);
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

function fromFile(path: string): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(parseProperties(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** All settings by key. Throws UsageError naming the source of what cannot be read. */
export function readProperties(sources: PropertySources): Record<string, string> {
  const environment = (sources.environment ?? '')
    .split(';')
    .filter((text) => text.trim() !== '')
    .map((text) => pair(text, 'COMETMQ_SET'));
  const flags = (sources.flags ?? []).map((text) => pair(text, '--set'));
  return {
    ...(sources.file === undefined ? {} : fromFile(sources.file)),
    ...Object.fromEntries(environment),
    ...Object.fromEntries(flags),
  };
}
