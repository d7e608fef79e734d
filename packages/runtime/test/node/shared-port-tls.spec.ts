import { afterEach, describe, expect, it } from 'vitest';
import { tcpDialer } from '../../src/node/tcp-transport.js';
import type { ServerTls, TlsMode } from '../../src/node/tls.js';
import { wsDialer } from '../../src/node/ws-transport.js';
import { fixture, frame, readToEnd, Recorder, serverIdentity, TestPort } from './loopback.js';

const inTime = { timeoutMs: 5_000 };
const trusting = { ca: serverIdentity.cert };
const open: TestPort[] = [];

async function openPort(mode: TlsMode, identity: ServerTls = serverIdentity): Promise<TestPort> {
  const port = await TestPort.open({ tls: { mode, identity }, sniffTimeoutMs: 1_000 });
  open.push(port);
  return port;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((port) => port.close()));
});

describe.each([
  ['tcp', tcpDialer(), tcpDialer({ tls: trusting })],
  ['ws', wsDialer(), wsDialer({ tls: trusting })],
] as const)('%s and TLS', (kind, plain, secure) => {
  async function echo(port: TestPort, dialer: typeof plain): Promise<boolean> {
    const before = port.channels.length;
    const client = new Recorder(await dialer.connect(port.address, inTime));
    client.channel.send(frame(1_000));
    const far = await port.accepted(before);
    const server = new Recorder(far);
    await server.bytes(1_000);
    far.send(frame(2_000));
    await client.bytes(2_000);
    expect([far.kind, far.secure]).toEqual([kind, client.channel.secure]);
    client.channel.close();
    expect(await server.closed()).toBeUndefined();
    return far.secure;
  }

  it('permissive takes both', async () => {
    const port = await openPort('permissive');
    expect(await echo(port, plain)).toBe(false);
    expect(await echo(port, secure)).toBe(true);
  });

  it('enforcing takes TLS only', async () => {
    const port = await openPort('enforcing');
    expect(await echo(port, secure)).toBe(true);
    const outcome = await plain.connect(port.address, inTime).then(
      async (channel) => {
        channel.send(frame(10));
        return await new Recorder(channel).closed();
      },
      (error: Error) => error,
    );
    expect((outcome as { code?: string } | undefined)?.code).toBe(kind === 'ws' ? 'UPGRADE_REFUSED' : undefined);
    expect(port.channels.length).toBe(1);
  });

  it('disabled takes plain only', async () => {
    const port = await openPort('disabled');
    expect(await echo(port, plain)).toBe(false);
    await expect(secure.connect(port.address, inTime)).rejects.toMatchObject({ code: 'TLS' });
  });

  it('a client does not trust a stranger', async () => {
    const port = await openPort('enforcing');
    const dialer = kind === 'tcp' ? tcpDialer({ tls: {} }) : wsDialer({ tls: {} });
    await expect(dialer.connect(port.address, inTime)).rejects.toMatchObject({ code: 'TLS' });
    const careless = { tls: { verify: false } };
    expect(await echo(port, kind === 'tcp' ? tcpDialer(careless) : wsDialer(careless))).toBe(true);
  });
});

describe('TLS on the shared port', () => {
  it('asks clients for a certificate when told to', async () => {
    const clientCert = fixture('client-cert.pem');
    const port = await openPort('enforcing', { ...serverIdentity, ca: clientCert, clientAuth: 'require' });
    const known = tcpDialer({ tls: { ...trusting, cert: clientCert, key: fixture('client-key.pem') } });
    const client = new Recorder(await known.connect(port.address, inTime));
    client.channel.send(frame(10));
    await port.accepted();
    // A TLS 1.3 client only learns after its handshake that it was not welcome.
    const stranger = new Recorder(await tcpDialer({ tls: trusting }).connect(port.address, inTime));
    stranger.channel.send(frame(10));
    await stranger.closed();
    expect(port.channels.length).toBe(1);
  });

  it('closes a hello that is never finished', async () => {
    const port = await openPort('permissive');
    const socket = await port.rawSocket();
    socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]));
    expect(await readToEnd(socket)).toBe('');
  });

  it('needs an identity unless it is disabled', async () => {
    await expect(TestPort.open({ tls: { mode: 'enforcing' } })).rejects.toThrow('certificate');
  });
});
