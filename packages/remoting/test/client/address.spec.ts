import { describe, expect, it } from 'vitest';
import { formatRemotingAddress, parseRemotingAddress } from '../../src/client/address.js';
import { RemotingError } from '../../src/remoting-error.js';

describe('parseRemotingAddress', () => {
  it.each([
    ['10.0.0.1:9876', 'ws', false, '10.0.0.1', 9876, 'ws://10.0.0.1:9876'],
    [' localhost:10911 ', 'ws', false, 'localhost', 10_911, 'ws://localhost:10911'],
    ['tcp://mq.example:10911', 'tcp', false, 'mq.example', 10_911, 'tcp://mq.example:10911'],
    ['TCP://h:1', 'tcp', false, 'h', 1, 'tcp://h:1'],
    ['tls://h:1', 'tcp', true, 'h', 1, 'tls://h:1'],
    ['ws://h:80/', 'ws', false, 'h', 80, 'ws://h:80'],
    ['wss://h:443', 'ws', true, 'h', 443, 'wss://h:443'],
    ['ws://[::1]:9876', 'ws', false, '::1', 9876, 'ws://[::1]:9876'],
    ['memory://embedded:1', 'memory', false, 'embedded', 1, 'memory://embedded:1'],
  ] as const)('reads %s', (text, kind, secure, host, port, canonical) => {
    const address = parseRemotingAddress(text, 'ws');
    expect(address).toEqual({ kind, secure, host, port });
    expect(formatRemotingAddress(address)).toBe(canonical);
    expect(parseRemotingAddress(canonical, 'tcp')).toEqual(address);
  });

  it.each(['', 'host', 'host:', 'host:0', 'host:70000', 'http://h:80', 'ws://', 'ws://h', 'ws://h:1/path', ':1'])(
    'refuses "%s" and says what it expects',
    (text) => {
      let error: unknown;
      try {
        parseRemotingAddress(text, 'ws');
      } catch (failure) {
        error = failure;
      }
      expect(error).toBeInstanceOf(RemotingError);
      expect(error).toMatchObject({ code: 'BAD_ADDRESS', retryable: false });
      expect((error as Error).message).toContain(`"${text}"`);
    },
  );
});
