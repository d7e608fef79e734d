import { describe, expect, it } from 'vitest';
import { classifyFirstBytes } from '../../src/node/first-bytes.js';

describe('classifyFirstBytes', () => {
  it.each([
    ['', 'undecided'],
    ['\u0016', 'tls'],
    ['\u0000', 'remoting'],
    ['\u0001\u0000\u0000\u0000', 'remoting'],
    ['\u0002', 'unknown'],
    ['G', 'undecided'],
    ['GET', 'undecided'],
    ['GET ', 'http'],
    ['GETX', 'unknown'],
    ['P', 'undecided'],
    ['POST /', 'http'],
    ['PUT /', 'http'],
    ['PATCH', 'http'],
    ['HEAD', 'http'],
    ['DELE', 'http'],
    ['OPTI', 'http'],
    ['PRI ', 'unknown'],
    ['get ', 'unknown'],
    ['\u00ff', 'unknown'],
  ])('%j is %s', (bytes, kind) => {
    expect(classifyFirstBytes(Buffer.from(bytes, 'latin1'))).toBe(kind);
  });
});
