import { describe, expect, it } from 'vitest';
import { Checkers } from '../../src/checkers/checkers.js';
import type { Observation } from '../../src/observations.js';
import { acknowledged, begin, committed, end, handled, locked, owned, place, sent } from '../observed.js';

const QUEUE = 'alpha/orders/0';
const SHARED = { group: 'shared', member: 'shared-1' } as const;

/** What all checkers together find in a story, by checker. */
function found(...story: (Observation | Observation[])[]): string[] {
  const checkers = new Checkers({ all: ['shared', 'orderly'], orderly: new Set(['orderly']) }, () => {});
  for (const observation of story.flat()) checkers.observe(observation);
  checkers.validate();
  return checkers.violations.map(({ checker, text }) => `${checker}: ${text}`);
}

/** Two messages, handled by both groups to the end. */
const GOOD: readonly Observation[] = [
  locked('orderly-1', 100),
  ...['shared', 'orderly'].map((group) => owned(`${group}-1`, [QUEUE], group)),
  ...[0, 1].flatMap((offset) => [
    sent(offset),
    acknowledged(offset, place(offset)),
    ...handled(offset, offset),
    ...handled(offset, offset, SHARED),
  ]),
  committed(2),
  committed(2, 'shared-1', 'shared'),
];

describe('a run in which everything went well', () => {
  it('has no violation, with repeats, failures and messages nobody acknowledged', () => {
    expect(found([...GOOD])).toEqual([]);
    expect(found([...GOOD], handled(1, 1), handled(0, 0, SHARED))).toEqual([]);
    expect(
      found([...GOOD], sent(2), begin(2, 2), end(2, 2, {}, false), handled(2, 2), [
        committed(3),
        ...handled(2, 2, SHARED),
        committed(3, 'shared-1', 'shared'),
      ]),
    ).toEqual([]);
  });
});

describe('the delivery checker', () => {
  it('misses an acknowledged message that a group never handled', () => {
    const lost = found([...GOOD], sent(2), acknowledged(2), handled(2, 2), committed(3));
    expect(lost).toEqual(['delivery: shared never handled 1 acknowledged messages: 2']);
  });

  it('does not take a message whose handler failed for handled', () => {
    const story = [sent(2), acknowledged(2), ...handled(2, 2), committed(3), begin(2, 2, SHARED)];
    const failed = [end(2, 2, SHARED, false), committed(3, 'shared-1', 'shared')];
    expect(found([...GOOD], story, failed)).toEqual(['delivery: shared never handled 1 acknowledged messages: 2']);
  });
});

describe('the invention checker', () => {
  it.each([
    ['nobody sent', [...handled(9, 2), committed(3)], /got message 9 at alpha\/orders\/0#2, which nobody sent/],
    ['came changed', [sent(2), ...handled(2, 2, { intact: false }), committed(3)], /another content than was sent/],
    [
      'stands where another was acknowledged',
      [sent(2), sent(3), acknowledged(2, place(2)), acknowledged(3, place(2))],
      /message 3 was acknowledged at alpha\/orders\/0#2, where 2 is/,
    ],
    [
      'comes from where another was acknowledged',
      [sent(2), sent(3), acknowledged(2, place(2)), begin(3, 2)],
      /got message 3 at alpha\/orders\/0#2, where 2 was acknowledged/,
    ],
  ] as const)('finds a message that %s', (_what, story, text) => {
    expect(found([...GOOD], [...story]).filter((line) => line.startsWith('invention'))).toEqual([
      expect.stringMatching(text),
    ]);
  });
});

describe('the order checker', () => {
  it('finds a message before its turn, in orderly groups alone', () => {
    const story = (more: object) => [sent(2), sent(3), ...handled(3, 3, more), ...handled(2, 2, more)];
    expect(found([...GOOD], story({}), committed(4))).toEqual([
      'order: orderly-1 (orderly) got alpha/orders/0#3 where offset 2 had its turn',
    ]);
    expect(found([...GOOD], story(SHARED), committed(4, 'shared-1', 'shared'))).toEqual([]);
  });

  it('wants a message handled before the next begins', () => {
    const failed = [sent(2), sent(3), begin(2, 2), end(2, 2, {}, false), ...handled(3, 3)];
    expect(found([...GOOD], failed).filter((line) => line.startsWith('order'))).toHaveLength(1);
  });
});

describe('the order checker of a run in which nobody dies', () => {
  it('finds what comes again, but not what failed', () => {
    const run = (...story: Observation[]) => {
      const checkers = new Checkers({ all: ['orderly'], orderly: new Set(['orderly']), orderlyOnce: true }, () => {});
      for (const observation of story) checkers.observe(observation);
      return checkers.violations;
    };
    expect(run(sent(0), begin(0, 0), end(0, 0, {}, false), ...handled(0, 0))).toEqual([]);
    expect(run(sent(0), ...handled(0, 0), ...handled(0, 0))).toEqual([
      { checker: 'order', text: 'orderly-1 (orderly) got alpha/orders/0#0 again, though nobody died' },
    ]);
  });
});

describe('the offsets checker', () => {
  it('finds an offset that goes back', () => {
    expect(found([...GOOD], committed(1), committed(2))).toEqual([
      'offsets: orderly-1 took the committed offset of orderly on alpha/orders/0 back from 2 to 1',
    ]);
    expect(found([...GOOD], committed(1, 'shared-1', 'shared'), committed(2, 'shared-1', 'shared'))).toHaveLength(1);
  });

  it('lets a member that is cut off be late while nobody has the lock', () => {
    const late = [committed(1, 'orderly-2'), committed(2)];
    expect(found([...GOOD], late)).toHaveLength(1);
    expect(found([...GOOD], locked('orderly-1', 4), late)).toEqual([]);
    expect(found([...GOOD], locked('orderly-1', 0), late)).toEqual([]);
    expect(found([...GOOD], locked('orderly-2', 0), late)).toHaveLength(1);
  });

  it('lets a killed broker forget, and late words of an owner before', () => {
    const killed: Observation = { kind: 'gone', program: 'alpha', killed: true };
    expect(
      found(
        [...GOOD],
        killed,
        locked('orderly-1', 100),
        committed(1),
        committed(2),
        committed(2, 'shared-1', 'shared'),
      ),
    ).toEqual([]);
    expect(found([...GOOD], committed(1, 'shared-2', 'shared'), committed(2, 'shared-1', 'shared'))).toEqual([]);
    const closed: Observation = { kind: 'gone', program: 'alpha', killed: false };
    expect(found([...GOOD], closed, locked('orderly-1', 100), committed(1), committed(2))).toHaveLength(1);
  });

  it('finds one that passes what nobody was done with', () => {
    expect(found([...GOOD], sent(2), begin(2, 2), committed(3), end(2, 2))).toEqual([
      'offsets: orderly-1 committed 3 for orderly on alpha/orders/0, and 2 has not been handled',
    ]);
  });

  it('finds one that never came to the end', () => {
    expect(found([...GOOD], sent(2), handled(2, 2))).toEqual([
      'offsets: orderly alpha/orders/0 is committed to 2, and its end is 3',
    ]);
  });
});

describe('the ownership checker', () => {
  it('finds two members on one queue at a time', () => {
    const two = [sent(2), begin(2, 2), begin(2, 2, { member: 'orderly-2' }), end(2, 2), committed(3)];
    expect(found([...GOOD], two)).toEqual([
      'ownership: orderly-2 (orderly) works on alpha/orders/0 while orderly-1 does',
    ]);
  });

  it('lets another take over from one that died', () => {
    const gone: Observation = { kind: 'gone', program: 'orderly-1', killed: true };
    const next = [owned('orderly-2', [QUEUE]), ...handled(2, 2, { member: 'orderly-2' }), committed(3, 'orderly-2')];
    expect(found([...GOOD], sent(2), begin(2, 2), gone, next)).toEqual([]);
    expect(found([...GOOD], gone)).toEqual(['ownership: alpha/orders/0 is owned in orderly by nobody']);
  });

  it('finds a queue with two owners in the end', () => {
    expect(found([...GOOD], owned('shared-2', [QUEUE], 'shared'))).toEqual([
      'ownership: alpha/orders/0 is owned in shared by shared-1 and shared-2',
    ]);
  });
});
