import { describe, expect, it } from 'vitest';
import { selfTimes } from '../../src/report/self-times.js';

const frame = (functionName: string, url = '', lineNumber = 0) => ({ functionName, url, lineNumber });

describe('self times of a profile', () => {
  it('add up by function, longest first, without idling', () => {
    const profile = {
      nodes: [
        { id: 1, callFrame: frame('(idle)') },
        { id: 2, callFrame: frame('encode', 'file:///x/packages/sdk/dist/a.js', 9) },
        { id: 3, callFrame: frame('', 'file:///x/node_modules/ws/lib/b.js', 0) },
        // The same function called from elsewhere.
        { id: 4, callFrame: frame('encode', 'file:///x/packages/sdk/dist/a.js', 9) },
      ],
      samples: [1, 2, 3, 4],
      timeDeltas: [1000, 30, 20, 40],
    };
    expect(selfTimes(profile)).toEqual({
      busyUs: 90,
      functions: [
        { name: 'encode', place: 'sdk/dist/a.js:10', us: 70 },
        { name: '(anonymous)', place: 'ws/lib/b.js:1', us: 20 },
      ],
    });
  });
});
