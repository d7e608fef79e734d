import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../src/transport.js';

describe('addresses', () => {
  it.each([
    ['localhost:9876', { host: 'localhost', port: 9876 }],
    [' 10.0.0.1:0 ', { host: '10.0.0.1', port: 0 }],
    ['[::1]:10911', { host: '::1', port: 10911 }],
    ['fd00::2:10911', { host: 'fd00::2', port: 10911 }],
  ])('%s is read', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(parseAddress(formatAddress(address))).toEqual(address);
  });

  it.each(['', 'localhost', ':9876', 'host:', 'host:99999', 'host:12x', '[]:1'])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});
