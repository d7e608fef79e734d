import { describe, expect, it } from 'vitest';
import { advertisedAddress, isOwnAddress, seeBroker, seenAddress } from '../../src/routes/advertised-address.js';

const at = (text: string) => {
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(text) ?? [];
  return { host, port: Number(port) };
};
const view = ([remote, local, dialed]: readonly [string, string, string?]) => ({
  remote: at(remote),
  local: at(local),
  dialed: dialed === undefined ? undefined : at(dialed),
});

describe('the address of a broker that is known by its connection', () => {
  it.each([
    // what,  what it registered,  its connection: remote, local,  the client's connection: remote, local, dialled,  what the client is told
    [
      'in our process, client on this machine',
      '127.0.0.1:9876',
      ['127.0.0.1:0', '0.0.0.0:9876'],
      ['127.0.0.1:5', '127.0.0.1:9876'],
      '127.0.0.1:9876',
    ],
    [
      'in our process, client elsewhere over TCP',
      '0.0.0.0:9876',
      ['127.0.0.1:0', '0.0.0.0:9876'],
      ['10.0.0.7:5', '10.0.0.1:9876'],
      '10.0.0.1:9876',
    ],
    [
      'in our process, client over WebSocket',
      '0.0.0.0:9876',
      ['127.0.0.1:0', '0.0.0.0:9876'],
      ['10.0.0.7:5', '10.0.0.1:9876', 'mq.example:9876'],
      'mq.example:9876',
    ],
    [
      'in our process behind a mapped port',
      '0.0.0.0:9876',
      ['127.0.0.1:0', '172.17.0.2:9876'],
      ['172.17.0.1:5', '172.17.0.2:9876', 'localhost:19876'],
      'localhost:19876',
    ],
    [
      'on this machine on another port',
      '127.0.0.1:10911',
      ['127.0.0.1:6', '127.0.0.1:9876'],
      ['10.0.0.7:5', '10.0.0.1:9876'],
      '10.0.0.1:10911',
    ],
    [
      'on this machine, seen at its own address',
      '0.0.0.0:10911',
      ['10.0.0.1:6', '10.0.0.1:9876'],
      ['10.0.0.7:5', '10.0.0.1:9876', 'mq.example:80'],
      'mq.example:10911',
    ],
    [
      'on this machine, client, too',
      '0.0.0.0:10911',
      ['127.0.0.1:6', '127.0.0.1:9876'],
      ['127.0.0.1:5', '127.0.0.1:9876'],
      '127.0.0.1:10911',
    ],
    [
      'elsewhere',
      '0.0.0.0:10911',
      ['10.0.0.2:6', '10.0.0.1:9876'],
      ['10.0.0.7:5', '10.0.0.1:9876', 'mq.example:9876'],
      '10.0.0.2:10911',
    ],
    [
      'elsewhere, with our port number',
      '0.0.0.0:9876',
      ['10.0.0.2:6', '10.0.0.1:9876'],
      ['10.0.0.7:5', '10.0.0.1:9876'],
      '10.0.0.2:9876',
    ],
    [
      'over IPv6',
      '[::]:10911',
      ['[fd00::2]:6', '[fd00::1]:9876'],
      ['[fd00::7]:5', '[fd00::1]:9876'],
      '[fd00::2]:10911',
    ],
    [
      'on this machine over IPv6',
      '[::]:10911',
      ['[::1]:6', '[::1]:9876'],
      ['[fd00::7]:5', '[fd00::1]:9876'],
      '[fd00::1]:10911',
    ],
    ['in our process, in memory', 'memory:1', ['memory:1', 'memory:2'], ['memory:1', 'memory:1', 'x:1'], 'x:1'],
  ] as const)('%s', (_, registered, broker, client, told) => {
    const registration = view(broker);
    const kept = seenAddress(registered, registration);
    expect(advertisedAddress(kept, seeBroker(registration), view(client))).toBe(told);
  });

  it('tells brokers on different machines apart that registered the same', () => {
    const kept = ['10.0.0.2:1', '10.0.0.3:1'].map((remote) =>
      seenAddress('0.0.0.0:10911', view([remote, '10.0.0.1:9876'])),
    );
    expect(kept).toEqual(['10.0.0.2:10911', '10.0.0.3:10911']);
  });

  it('is left as it is when it cannot be read', () => {
    const client = view(['10.0.0.7:5', '10.0.0.1:9876']);
    expect(seenAddress('nonsense', client)).toBe('nonsense');
    expect(advertisedAddress('nonsense', { local: true }, client)).toBe('nonsense');
  });
});

it('leaves the address of every other broker alone', () => {
  const client = view(['127.0.0.1:5', '127.0.0.1:9876', 'mq.example:19876']);
  for (const address of ['127.0.0.1:9876', '0.0.0.0:10911', 'broker.example:10911']) {
    expect(advertisedAddress(address, undefined, client)).toBe(address);
  }
});

it.each([
  ['127.0.0.1', true],
  ['127.5.5.5', true],
  ['::1', true],
  ['0.0.0.0', true],
  ['::', true],
  ['localhost', true],
  ['', true],
  ['10.0.0.1', false],
  ['fd00::1', false],
  ['broker', false],
])('%s says nothing outside this machine: %s', (host, own) => expect(isOwnAddress(host)).toBe(own));
