import type { OptionSpec, OptionTable } from '@cometmq/runtime';
import { optionSentences } from './option-text.js';

export interface SettingsInterface {
  readonly name: string;
  readonly doc: string;
  /** File name of the table, for the reader. */
  readonly from: string;
  readonly table: OptionTable;
}

const WIDTH = 120;

/** A module with the interface of a table's values, whose comments editors show. */
export function settingsModule({ doc, from, name, table }: SettingsInterface): string {
  const members = Object.entries(table).flatMap(([key, spec]) => [
    ...comment(optionSentences(spec), '  '),
    `  readonly ${key}: ${typeOf(spec)};`,
  ]);
  return [
    `// Written from ${from} by \`npm run docs\`: change that.`,
    '',
    ...comment(doc, ''),
    `export interface ${name} {`,
    ...members,
    '}',
    '',
  ].join('\n');
}

function typeOf(spec: OptionSpec): string {
  switch (spec.type) {
    case 'string':
    case 'boolean':
      return spec.type;
    case 'enum':
      return spec.values.map((value) => `'${value}'`).join(' | ');
    case 'csv':
      return 'readonly string[]';
    default:
      return 'number';
  }
}

function comment(text: string, indent: string): string[] {
  const short = `${indent}/** ${text} */`;
  if (short.length <= WIDTH) return [short];
  const lines: string[] = [];
  let line = `${indent} *`;
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `${indent} *`;
    }
    line += ` ${word}`;
  }
  return [`${indent}/**`, ...lines, line, `${indent} */`];
}
