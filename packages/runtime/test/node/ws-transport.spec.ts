import { describe, expect, it } from 'vitest';
import { needsMask } from '../../src/node/ws-transport.js';

describe('masks of a WebSocket client', () => {
  it.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])('are not needed on one machine (%s)', (address) => {
    expect(needsMask(address, false)).toBe(false);
  });

  it.each(['10.0.0.1', '192.168.1.127', '1.127.0.1', '::ffff:10.0.0.1', 'fe80::1', '::12', undefined])(
    'are needed between machines, but for TLS (%s)',
    (address) => {
      expect(needsMask(address, false)).toBe(true);
      expect(needsMask(address, true)).toBe(false);
    },
  );
});
