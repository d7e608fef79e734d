import { describe, expect, it } from 'vitest';
import { verdicts } from '../../src/report/targets.js';
import { Results } from '../../src/results.js';

function only(id: string, unit: 'msg/s' | 'ms' | 'MiB', figures: Record<string, number>) {
  const results = new Results();
  for (const [name, value] of Object.entries(figures)) results.add(id, unit, name, { value });
  return verdicts(results).map(({ text, met }) => `${text.slice(text.indexOf(': ') + 2)} ${met}`);
}

describe('targets', () => {
  it.each([
    ['apache/sync-8-128', { comet: 150, apache: 100 }, 'at least 1.5 x Apache true'],
    ['apache/async-256-128', { comet: 149, apache: 100 }, 'at least 1.5 x Apache false'],
    ['apache/sync-flush-8-128', { comet: 150, apache: 100 }, 'at least 2 x Apache false'],
    ['peers/round-trip-128', { 'comet-tcp': 90, bare: 100 }, 'at least 0.9 of the bare round trip true'],
    ['peers/consume-1024', { 'comet-tcp': 100, nats: 100 }, 'at least 1.5 x NATS false'],
  ])('%s', (id, figures, verdict) => expect(only(id, 'msg/s', figures)).toEqual([verdict]));

  it('are held against both transports', () =>
    expect(only('peers/window-256-128', 'msg/s', { 'comet-tcp': 200, 'comet-ws': 100, redis: 100 })).toEqual([
      'comet-tcp at least 1.5 x Redis true',
      'comet-ws at least 1.5 x Redis false',
    ]));
  it('are absolute for start-up and memory', () => {
    expect(only('apache/start-up', 'ms', { comet: 500 })).toEqual(['below 500 ms false']);
    expect(only('apache/memory-idle', 'MiB', { comet: 99 })).toEqual(['below 100 MiB true']);
  });
  it('hold the processor time of the server to a third', () => {
    const results = new Results();
    results.add('apache/consume-1024', 'msg/s', 'comet', { value: 2, serverUs: 1 });
    results.add('apache/consume-1024', 'msg/s', 'apache', { value: 1, serverUs: 2 });
    expect(verdicts(results).map(({ met }) => met)).toEqual([true, false]);
  });
  it('leave out what was not measured', () => expect(verdicts(new Results())).toEqual([]));
});
