import { brokerHeartbeat, notifyMinBrokerIdChange, type RemotingCommand, unregisterBroker } from '@cometmq/protocol';
import { Connection } from '@cometmq/remoting';
import { createPipe, type Dialer, type HostPort, silentLogger } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { TestNameServer } from '../harness.js';

import { addresses, BY_CONNECTION, registerOver, route } from '../brokers.js';

describe('groups of master and slaves', () => {
  const slave = { brokerId: 1, brokerAddr: '10.0.0.3:10911', haServerAddr: '10.0.0.3:10912', enableActingMaster: true };

  it('show the smallest slave as master when the master is gone, where that is wanted', async () => {
    for (const supportActingMaster of [false, true]) {
      const server = await new TestNameServer({ supportActingMaster }).start();
      const master = server.connect();
      await registerOver(server, master, { enableActingMaster: true });
      const answer = await registerOver(server, server.connect(), slave);
      expect(answer.header).toEqual({ masterAddr: '10.0.0.2:10911', haServerAddr: '10.0.0.2:10912' });
      master.close();
      await server.clock.settle();
      const now = await route(server);
      if ('code' in now) throw new Error('no route');
      expect([...now.brokerDatas[0]!.brokerAddrs]).toEqual([[supportActingMaster ? 0 : 1, '10.0.0.3:10911']]);
      expect(now.queueDatas[0]?.perm).toBe(4);
    }
  });

  it('are told who leads, by dialling Apache brokers', async () => {
    const told: { to: HostPort; command: RemotingCommand }[] = [];
    const box: { server?: TestNameServer } = {};
    const dialer: Dialer = {
      kind: 'tcp',
      connect(to) {
        const [near, far] = createPipe(box.server!.clock);
        const events = { request: (command: RemotingCommand) => void told.push({ to, command }) };
        void new Connection(far, events, { clock: box.server!.clock, logger: silentLogger });
        return Promise.resolve(near);
      },
    };
    const server = await new TestNameServer({ notifyMinBrokerIdChanged: true }, { dialers: { tcp: dialer } }).start();
    box.server = server;
    const master = server.connect();
    await registerOver(server, server.connect(), slave);
    await registerOver(server, server.connect(), { ...slave, brokerId: 2, brokerAddr: '10.0.0.4:10911' });
    expect(told).toEqual([]);
    await registerOver(server, master, { enableActingMaster: true });
    await server.clock.settle();
    const summary = () =>
      told
        .splice(0)
        .map(({ to, command }) => [
          `${to.host}:${to.port}`,
          notifyMinBrokerIdChange.request.decode(command.fields),
          command.flag,
        ]);
    const leads = { minBrokerId: 0, minBrokerAddr: '10.0.0.2:10911', haBrokerAddr: '10.0.0.2:10912' };
    expect(summary()).toEqual([
      ['10.0.0.3:10911', leads, 2],
      ['10.0.0.4:10911', leads, 2],
    ]);
    master.close();
    await server.clock.settle();
    const left = { minBrokerId: 1, minBrokerAddr: '10.0.0.3:10911', offlineBrokerAddr: '10.0.0.2:10911' };
    expect(summary()).toEqual([
      ['10.0.0.3:10911', left, 2],
      ['10.0.0.4:10911', left, 2],
    ]);
    await server.close();
  });

  it('are told over their connection when that is how they are known', async () => {
    const server = await new TestNameServer({ notifyMinBrokerIdChanged: true }).start();
    const told: RemotingCommand[] = [];
    const channel = server.channel({ remote: { host: '10.0.0.3', port: 5 } });
    const events = { request: (command: RemotingCommand) => void told.push(command) };
    const connection = new Connection(channel, events, { clock: server.clock, logger: silentLogger });
    await registerOver(server, connection, { ...slave, brokerAddr: '0.0.0.0:10911', extFields: BY_CONNECTION });
    await registerOver(server, server.connect(), { enableActingMaster: true });
    await server.clock.settle();
    expect(told.map(({ code, fields }) => [code, fields?.['minBrokerAddr']])).toEqual([[905, '10.0.0.2:10911']]);
  });
});

describe('zones', () => {
  it('give clients the brokers near them, and those without a master', async () => {
    const server = await new TestNameServer().start();
    const inZone = (zone: string) => ({ extFields: { __ZONE_NAME: zone } });
    await registerOver(server, server.connect(), inZone('east'));
    await registerOver(server, server.connect(), {
      brokerName: 'broker-b',
      brokerAddr: '10.0.0.3:10911',
      ...inZone('west'),
    });
    const master = server.connect();
    const orphan = { brokerName: 'broker-c', ...inZone('west') };
    await registerOver(server, master, { ...orphan, brokerAddr: '10.0.0.4:10911' });
    await registerOver(server, server.connect(), { ...orphan, brokerId: 1, brokerAddr: '10.0.0.5:10911' });
    master.close();
    await server.clock.settle();
    const names = async (extFields: Record<string, string>) => {
      const answer = await route(server, 'T1', { extFields });
      return 'code' in answer ? [] : answer.queueDatas.map(({ brokerName }) => brokerName);
    };
    expect(await names({ __ZONE_MODE: 'true', __ZONE_NAME: 'EAST' })).toEqual(['broker-a', 'broker-c']);
    expect(await names({ __ZONE_MODE: 'false', __ZONE_NAME: 'east' })).toHaveLength(3);
    expect(await names({ __ZONE_MODE: 'true', __ZONE_NAME: ' ' })).toHaveLength(3);
  });
});

describe('brokers known by their connection', () => {
  const shared = { brokerAddr: '0.0.0.0:9876', extFields: BY_CONNECTION };
  const local = { host: '10.0.0.1', port: 9876 };

  it('are reached as each client reached the name server when they share its port', async () => {
    const server = await new TestNameServer().start();
    await registerOver(server, server.connect({ remote: { host: '127.0.0.1', port: 0 } }), shared);
    expect(await addresses(server, 'T1', { local })).toEqual(['10.0.0.1:9876']);
    expect(await addresses(server, 'T1', { local, dialed: { host: 'mq.example', port: 443 } })).toEqual([
      'mq.example:443',
    ]);
    expect(await addresses(server, 'T1', { local: { host: '127.0.0.1', port: 9876 } })).toEqual(['127.0.0.1:9876']);
  });

  it('are kept apart, counted alive and unregistered under what they call themselves', async () => {
    const server = await new TestNameServer().start();
    const machines = ['10.0.0.5', '10.0.0.6'].map((host) => server.connect({ remote: { host, port: 4 }, local }));
    const own = { brokerAddr: '0.0.0.0:10911', heartbeatTimeoutMillis: 10_000, extFields: BY_CONNECTION };
    await registerOver(server, machines[0]!, own);
    await registerOver(server, machines[1]!, { ...own, brokerName: 'broker-b' });
    expect(await addresses(server)).toEqual(['10.0.0.5:10911', '10.0.0.6:10911']);
    const who = { clusterName: 'C', brokerAddr: '0.0.0.0:10911', brokerName: 'broker-a', brokerId: 0 };
    await server.clock.advance(8000);
    machines[0]!.oneway(brokerHeartbeat, who);
    await server.clock.advance(8000);
    expect(await addresses(server)).toEqual(['10.0.0.5:10911']);
    expect((await server.askOver(machines[0]!, unregisterBroker, who)).code).toBe(0);
    expect(await addresses(server)).toBe(17);
  });

  it('show slaves the replication port of their master where they can reach it', async () => {
    const server = await new TestNameServer().start();
    const master = { ...shared, haServerAddr: '127.0.0.1:10912' };
    await registerOver(server, server.connect({ remote: { host: '127.0.0.1', port: 0 } }), master);
    const slave = server.connect({ remote: { host: '10.0.0.7', port: 1 }, local });
    const answer = await registerOver(server, slave, { brokerId: 1, brokerAddr: '10.0.0.7:10911' });
    expect(answer.header).toEqual({ masterAddr: '10.0.0.1:9876', haServerAddr: '10.0.0.1:10912' });
  });
});
