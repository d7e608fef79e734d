import { getBrokerClusterInfo, getRouteinfoByTopic, putKvConfig } from '@cometmq/protocol';
import { RemotingClient } from '@cometmq/remoting';
import { formatAddress, silentLogger } from '@cometmq/runtime';
import { nodePorts } from '@cometmq/runtime/node';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startNameServer } from '../src/start-name-server.js';

const home = mkdtempSync(join(tmpdir(), 'namesrv-'));
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('a name server behind a port', () => {
  it('answers over TCP and WebSocket and can be closed twice', async () => {
    const ports = nodePorts({ logger: silentLogger });
    const listen = { host: '127.0.0.1', port: 0 };
    const server = await startNameServer({ listen, options: { rocketmqHome: home } }, ports);
    const client = new RemotingClient({}, ports);
    for (const kind of ['tcp', 'ws']) {
      const address = `${kind}://${formatAddress(server.address)}`;
      expect((await client.invoke(address, getRouteinfoByTopic, { topic: 'T' })).code).toBe(17);
      expect((await client.invoke(address, putKvConfig, { namespace: 'N', key: kind, value: '1' })).code).toBe(0);
    }
    await client.close();
    await server.close();
    await server.close();
  });

  it('fails with a reason when the port is taken, and leaves nothing open', async () => {
    const ports = nodePorts({ logger: silentLogger });
    const options = { rocketmqHome: home };
    const first = await startNameServer({ listen: { host: '127.0.0.1', port: 0 }, options }, ports);
    await expect(startNameServer({ listen: first.address, options }, ports)).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
    });
    const client = new RemotingClient({ defaultKind: 'tcp' }, ports);
    expect((await client.invoke(formatAddress(first.address), getBrokerClusterInfo, {})).code).toBe(0);
    await client.close();
    await first.close();
  });
});
