import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes, formatHost, hostAddress, hostBytes, hostPort } from '../../src/message/host-bytes.js';
import { ProtocolError } from '../../src/protocol-error.js';

describe('hosts', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1:80'],
    ['255.255.255.255', '255.255.255.255:80'],
    ['2001:db8::2', '[2001:db8:0:0:0:0:0:2]:80'],
    ['[2001:DB8::2]', '[2001:db8:0:0:0:0:0:2]:80'],
    ['::', '[0:0:0:0:0:0:0:0]:80'],
    ['::1', '[0:0:0:0:0:0:0:1]:80'],
    ['1::', '[1:0:0:0:0:0:0:0]:80'],
    ['fe80::1%eth0', '[fe80:0:0:0:0:0:0:1]:80'],
    ['1:2:3:4:5:6:7:8', '[1:2:3:4:5:6:7:8]:80'],
    ['64:ff9b::192.0.2.33', '[64:ff9b:0:0:0:0:c000:221]:80'],
    ['::ffff:10.1.2.3', '10.1.2.3:80'],
    ['::ffff:a01:203', '10.1.2.3:80'],
  ])('%s is %s', (address, shown) => expect(formatHost(hostBytes(address, 80))).toBe(shown));

  it.each([
    '',
    'localhost',
    '1.2.3',
    '256.1.1.1',
    '1.2.3.4.5',
    '1:2:3',
    '1:2:3:4:5:6:7:8:9',
    '::1::2',
    '12345::',
    'g::',
    ':',
    ':1',
    '1.2.3.4::',
    '::1.2.3',
  ])('%j is none', (address) => {
    expect(addressBytes(address)).toBeUndefined();
    expect(() => hostBytes(address, 1)).toThrow(ProtocolError);
  });

  it.each([-1, 65_536, 1.5, Number.NaN])('%d is no port', (port) =>
    expect(() => hostBytes('1.2.3.4', port)).toThrow('not a port'),
  );

  it('bytes of another length are no host', () => expect(() => hostAddress(new Uint8Array(9))).toThrow(ProtocolError));

  it('any address survives being shown', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(65_535), (address, port) => {
        const host = hostBytes(address, port);
        expect(hostBytes(hostAddress(host), hostPort(host))).toEqual(host);
        expect(hostPort(host)).toBe(port);
      }),
    );
  });

  it('any text is an address or none', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(':', '.', '1', 'f', 'g', '[', ']', '%', '255') }), (text) => {
        expect([undefined, 4, 16]).toContain(addressBytes(text)?.length);
      }),
      { numRuns: 2000 },
    );
  });
});
