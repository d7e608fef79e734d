import { describe, expect, it } from 'vitest';
import { isSelected, parseRow, type Row } from '../src/client.js';
import { compare, format } from '../src/table.js';

const row = (scenario: string, detail: string, ok = true): Row => ({ scenario, ok, detail, ms: 1 });

describe('compare', () => {
  it('calls equal facts on all servers the same', () => {
    const entries = ['apache', 'comet'].map((server) => ({
      server,
      client: 'java',
      row: row('send/sync', 'stored=20'),
    }));
    expect(compare(entries, ['apache', 'comet'])[0]?.verdict).toBe('same');
  });

  it('tells different facts although both rows passed', () => {
    const entries = [
      { server: 'apache', client: 'java', row: row('send/sync', 'stored=20') },
      { server: 'comet', client: 'java', row: row('send/sync', 'stored=19') },
    ];
    const lines = compare(entries, ['apache', 'comet']);
    expect(lines[0]?.verdict).toBe('different');
    expect(format(lines, ['apache', 'comet'], false)).toContain('    comet: stored=19\n0 passed, 1 failed\n');
  });

  it('fails a row that one server has not', () => {
    const entries = [{ server: 'apache', client: 'java', row: row('send/sync', '') }];
    expect(compare(entries, ['apache', 'comet'])[0]?.verdict).toBe('failed');
    expect(compare(entries, ['apache'])[0]?.verdict).toBe('passed');
  });

  it('asks for no row where a client is not run', () => {
    const entries = [{ server: 'apache', client: 'sdk-acl', row: row('acl/send', 'stored=20') }];
    const runsOn = (_: string, server: string) => server === 'apache';
    const lines = compare(entries, ['apache', 'comet'], runsOn);
    expect(lines[0]?.verdict).toBe('passed');
    const text = format(lines, ['apache', 'comet'], true);
    expect(text).toContain('    apache: stored=20\n1 passed, 0 failed\n');
    expect(text).not.toContain('no row');
    const failing = [{ server: 'apache', client: 'sdk-acl', row: row('acl/send', '', false) }];
    expect(compare(failing, ['apache', 'comet'], runsOn)[0]?.verdict).toBe('failed');
  });

  it('does not mix clients', () => {
    const entries = ['a', 'b'].map((client) => ({ server: 'apache', client, row: row('send/sync', client) }));
    expect(compare(entries, ['apache']).map((line) => line.client)).toEqual(['a', 'b']);
  });
});

describe('parseRow', () => {
  it('reads rows and skips log lines', () => {
    expect(parseRow(JSON.stringify(row('send/sync', 'a="b"')))).toEqual(row('send/sync', 'a="b"'));
    expect(parseRow('log4j: something')).toBeUndefined();
  });
});

describe('isSelected', () => {
  it('takes names, families, and everything when nothing is asked', () => {
    expect(isSelected('send/sync', [])).toBe(true);
    expect(isSelected('send/sync', ['send'])).toBe(true);
    expect(isSelected('send/sync', ['send/sync', 'pull'])).toBe(true);
    expect(isSelected('send/sync', ['send/async'])).toBe(false);
  });
});
