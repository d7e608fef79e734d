import { describe, expect, it } from 'vitest';
import { markdownTable } from '../src/markdown-table.js';
import { optionSentences, readableDefault, readableNumber, readableRange } from '../src/option-text.js';
import { settingsModule } from '../src/settings-interface.js';

describe('texts of options', () => {
  it('are for people', () => {
    expect(readableNumber(3_600_000)).toBe('3 600 000');
    expect(readableNumber(1000)).toBe('1000');
    expect(readableNumber(4 << 20, 'bytes')).toBe('4 MiB');
    expect(readableDefault({ type: 'string', default: '', meaning: '' })).toBe('empty');
    expect(readableRange({ type: 'boolean', default: true, meaning: '' })).toBe('');
    const ratio = { type: 'int', default: 75, min: 1, max: 100, unit: '% of the disk', meaning: 'Use.' } as const;
    expect(optionSentences({ ...ratio, danger: 'Full.' })).toBe('Use. Full. Default: 75% of the disk; from 1 to 100.');
  });

  it('become the comments of an interface, in lines that fit', () => {
    const meaning = 'word '.repeat(40).trim();
    const table = { a: { type: 'enum', values: ['x', 'y'], default: 'x', meaning } } as const;
    const lines = settingsModule({ name: 'Settings', doc: 'All.', from: 'a.ts', table }).split('\n');
    expect(lines).toContain('/** All. */');
    expect(lines).toContain("  readonly a: 'x' | 'y';");
    expect(lines.filter((line) => line.startsWith('   * word'))).toHaveLength(2);
    expect(lines.every((line) => line.length <= 120)).toBe(true);
  });

  it('stand in tables without breaking them', () => {
    expect(markdownTable(['a', 'long head'], [['x|y', 'z']]).split('\n')).toEqual([
      '| a    | long head |',
      '| ---- | --------- |',
      '| x\\|y | z         |',
    ]);
  });
});
