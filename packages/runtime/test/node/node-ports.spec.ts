import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { nodePorts } from '../../src/node/node-ports.js';
import { readServerTls } from '../../src/node/tls.js';
import { silentLogger } from '../../src/telemetry.js';
import { frame, LOCALHOST, Recorder, serverIdentity } from './loopback.js';

const path = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

describe('nodePorts', () => {
  it('listens and dials, with TLS when there is a certificate', async () => {
    const identity = readServerTls({ cert: path('server-cert.pem'), key: path('server-key.pem') });
    expect(identity).toEqual(serverIdentity);
    const ports = nodePorts({ logger: silentLogger, tls: { identity, client: { ca: identity.cert } } });
    const secure: boolean[] = [];
    const listener = await ports.acceptor.listen(
      { host: LOCALHOST, port: 0 },
      {
        accept(channel) {
          secure.push(channel.secure);
          const echo = (bytes: Uint8Array) => channel.send(bytes);
          channel.attach({ data: echo, drained() {}, closed() {} });
        },
      },
    );
    for (const dialer of [ports.dialers.tcp, ports.dialers.ws]) {
      const client = new Recorder(await dialer!.connect(listener.address, { timeoutMs: 5_000 }));
      client.channel.send(frame(100));
      await client.bytes(100);
      client.channel.close();
      await client.closed();
    }
    expect(secure).toEqual([true, true]);
    await listener.close();
  });
});
