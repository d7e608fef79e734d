import { describe, expect, it } from 'vitest';
import { parseNamesrv, withoutScheme } from '../../src/client/addresses.js';

describe('name server addresses', () => {
  it.each([
    ['localhost:9876', false, 'ws', ['ws://localhost:9876']],
    ['a:1; b:2 ;a:1', false, 'ws', ['ws://a:1', 'ws://b:2']],
    [['tcp://a:1', 'tcp://b:2'], false, 'tcp', ['tcp://a:1', 'tcp://b:2']],
    ['wss://a:1/', false, 'wss', ['wss://a:1']],
    ['tcp://a:1', true, 'tls', ['tls://a:1']],
    ['ws://a:1', true, 'wss', ['wss://a:1']],
    ['tcp://[::1]:9876', false, 'tcp', ['tcp://[::1]:9876']],
  ] as const)('reads %s', (input, tls, scheme, addresses) => {
    expect(parseNamesrv(input, tls)).toEqual({ scheme, addresses });
  });

  it.each(['', ' ; ', 'localhost', 'a:0', 'a:99999', 'http://a:1', 'a:1;tcp://b:2', 'ws://a:1/path'])(
    'refuses %j and says what to write',
    (input) => {
      expect(() => parseNamesrv(input)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT', retryable: false }),
      );
    },
  );

  it('shows addresses without the scheme', () => {
    expect(withoutScheme('tcp://[::1]:9876')).toBe('[::1]:9876');
  });
});
