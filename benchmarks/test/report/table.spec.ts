import { describe, expect, it } from 'vitest';
import { caseLines, formatRatios, formatValue, markdown, noiseWarning, ratioRows } from '../../src/report/table.js';
import { Results } from '../../src/results.js';

function filled(): Results {
  const results = new Results();
  results.add('peers/window-1-128', 'msg/s', 'redis', { value: 1000, serverUs: 2 });
  results.add('peers/window-1-128', 'msg/s', 'comet-tcp', { value: 2500, serverUs: 1, p99Us: 1234, errors: 3 });
  return results;
}

describe('the table', () => {
  it('compares ours with every other one', () =>
    expect(ratioRows(filled())).toEqual([
      { id: 'peers/window-1-128', unit: 'msg/s', ours: 'comet-tcp', theirs: 'redis', value: 2.5, serverTime: 0.5 },
    ]));
  it('has a line per pair', () =>
    expect(formatRatios(ratioRows(filled())).split('\n')[1]).toMatch(
      /^peers\/window-1-128 +comet-tcp : redis +2\.50 +0\.50$/,
    ));
  it('says where less is better', () => {
    const results = new Results();
    results.add('apache/start-up', 'ms', 'comet', { value: 300 });
    results.add('apache/start-up', 'ms', 'apache', { value: 6000 });
    expect(formatRatios(ratioRows(results))).toMatch(/0\.05 +less is better \(ms\)$/);
  });
  it('shows errors', () => expect(caseLines(filled().cases()[0]!).join('\n')).toMatch(/comet-tcp .*3 errors$/));
  it('is Markdown for the baseline', () =>
    expect(markdown(ratioRows(filled()), [])).toContain('| peers/window-1-128 | comet-tcp : redis | 2.50 | 0.50 |'));
  it('warns of figures from a busy machine', () => {
    expect(noiseWarning(0.42)).toContain('42 %');
    expect(noiseWarning(0.02)).toBeUndefined();
    expect(noiseWarning(undefined)).toBeUndefined();
  });
  it('writes numbers for people', () => {
    expect(formatValue(1234567)).toBe('1 234 567');
    expect(formatValue(1.239)).toBe('1.24');
    expect(formatValue(Number.NaN)).toBe('-');
  });
});
