import { seededRandom, VirtualClock } from '@cometmq/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NetworkEvent, SimNetwork, type SimNetworkOptions } from '../src/sim-network.js';
import { ChannelRecorder } from './channel-recorder.js';

const PORT = 10911;
const broker = { host: 'broker', port: PORT };

function setUp(options: Partial<SimNetworkOptions> = {}, seed = 1) {
  const clock = new VirtualClock();
  const network = new SimNetwork({ clock, random: seededRandom(seed), ...options });
  const client = network.host('client');
  const servers: ChannelRecorder[] = [];
  const listen = () => {
    const host = network.host('broker');
    return host.acceptor.listen(
      { host: '0.0.0.0', port: PORT },
      { accept: (channel) => void servers.push(new ChannelRecorder(channel)) },
    );
  };
  const dial = async (timeoutMs = 3_000) => {
    const connecting = client.dialer.connect(broker, { timeoutMs });
    void connecting.catch(() => {});
    await clock.advance(timeoutMs);
    return new ChannelRecorder(await connecting);
  };
  return { clock, network, client, servers, listen, dial };
}

describe('SimNetwork', () => {
  it('carries bytes both ways without time passing', async () => {
    const { client, clock, listen, servers } = setUp();
    await listen();
    const near = new ChannelRecorder(await client.dialer.connect(broker, { timeoutMs: 1_000 }));
    near.send('hello');
    near.send(' broker');
    await clock.settle();
    servers[0]!.send('hello client');
    await clock.settle();
    expect([servers[0]!.text, near.text, clock.monotonic()]).toEqual(['hello broker', 'hello client', 0]);
    expect(servers[0]!.channel).toMatchObject({ kind: 'memory', secure: false, dialed: broker, local: broker });
    expect(servers[0]!.channel.remote).toEqual(near.channel.local);
  });

  it('copies what is sent, gives the memory back at once, and shows every byte that arrives', async () => {
    const seen: string[] = [];
    const { client, clock, listen, servers } = setUp({ onBytes: (bytes) => seen.push(Buffer.from(bytes).toString()) });
    await listen();
    const near = new ChannelRecorder(await client.dialer.connect(broker, { timeoutMs: 1_000 }));
    const bytes = Buffer.from('first');
    near.channel.send(bytes, () => void bytes.write('other'));
    near.channel.send(bytes);
    await clock.settle();
    expect([servers[0]!.text, seen]).toEqual(['firstother', ['first', 'other']]);
  });

  it('takes the time of its links, in order in spite of jitter', async () => {
    const { clock, dial, listen, servers } = setUp({ link: { latencyMs: 10, jitterMs: 20 } });
    await listen();
    const near = await dial();
    for (let n = 0; n < 26; n++) near.send(String.fromCharCode(97 + n));
    await clock.advance(9);
    expect(servers[0]!.text).toBe('');
    await clock.advance(21);
    expect(servers[0]!.text).toBe('abcdefghijklmnopqrstuvwxyz');
  });

  it('takes longer for more bytes on a narrow link', async () => {
    const { clock, dial, listen, network, servers } = setUp();
    await listen();
    const near = await dial();
    network.setLink('client', 'broker', { bytesPerMs: 100 });
    near.send('x'.repeat(1_000));
    await clock.advance(9);
    expect(servers[0]!.bytes).toBe(0);
    await clock.advance(1);
    expect(servers[0]!.bytes).toBe(1_000);
  });

  it('refuses where nobody listens and does not know every name', async () => {
    const { client, dial, listen, network } = setUp();
    await expect(client.dialer.connect(broker, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'UNREACHABLE' });
    const listener = await listen();
    network.refuse('broker');
    await expect(dial()).rejects.toMatchObject({ code: 'REFUSED' });
    network.refuse('broker', false);
    await dial();
    await listener.close();
    await listener.close();
    await expect(dial()).rejects.toMatchObject({ code: 'REFUSED' });
  });

  it('gives each listener a port of its own', async () => {
    const { network } = setUp();
    const host = network.host('other');
    const accept = { accept() {} };
    const { address } = await host.acceptor.listen({ host: 'other', port: 0 }, accept);
    expect(address.port).toBeGreaterThan(0);
    await expect(host.acceptor.listen(address, accept)).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
  });

  it('reaches its own host by the usual names', async () => {
    const { clock, network } = setUp();
    const host = network.host('alone');
    let accepted = 0;
    await host.acceptor.listen({ host: '127.0.0.1', port: PORT }, { accept: () => accepted++ });
    await host.dialer.connect({ host: 'localhost', port: PORT }, { timeoutMs: 1_000 });
    await clock.settle();
    expect(accepted).toBe(1);
  });

  it('sends what is queued before it closes', async () => {
    const { clock, dial, listen, network, servers } = setUp({ link: { latencyMs: 1 } });
    await listen();
    const near = await dial();
    near.send('last words');
    near.channel.close();
    near.channel.close();
    near.send('too late');
    await clock.advance(3);
    expect([servers[0]!.text, servers[0]!.closings, near.closings]).toEqual(['last words', [undefined], [undefined]]);
    expect(network.connectionCount).toBe(0);
    await clock.advance(10_000);
    expect(near.closings.length).toBe(1);
  });

  it('tells the other end of a destroy as of a reset', async () => {
    const { clock, dial, listen, network, servers } = setUp();
    await listen();
    const near = await dial();
    const reason = new Error('idle');
    near.channel.destroy(reason);
    await clock.settle();
    expect(near.closings).toEqual([reason]);
    expect(servers[0]!.closings).toMatchObject([{ code: 'CLOSED' }]);
    expect(network.connectionCount).toBe(0);
  });

  it('holds back what a slow reader does not take', async () => {
    const { clock, dial, listen, servers } = setUp();
    await listen();
    const near = await dial();
    const server = servers[0]!;
    server.channel.pause();
    for (let n = 0; n < 40; n++) near.send('x'.repeat(64 * 1024));
    await clock.advance(100);
    expect(server.bytes).toBe(0);
    expect(near.channel.bufferedBytes).toBeGreaterThan(1024 * 1024);
    expect(near.drains).toBe(0);
    server.channel.resume();
    await clock.advance(100);
    expect([server.bytes, near.channel.bufferedBytes, near.drains]).toEqual([40 * 64 * 1024, 0, 1]);
  });

  it('cuts one direction only, and delivers what waited when it is healed', async () => {
    const { clock, dial, listen, network, servers } = setUp({ link: { latencyMs: 1 } });
    await listen();
    const near = await dial();
    const server = servers[0]!;
    network.cut('client', 'broker');
    near.send('to the broker');
    server.send('to the client');
    await clock.advance(60_000);
    expect([server.text, near.text]).toEqual(['', 'to the client']);
    network.healAll();
    await clock.advance(1);
    expect(server.text).toBe('to the broker');
  });

  it('cannot connect over a cut, until it is healed in time', async () => {
    const { clock, client, dial, listen, network } = setUp();
    await listen();
    network.cut('broker', 'client');
    await expect(dial(3_000)).rejects.toMatchObject({ code: 'TIMEOUT' });
    const connecting = client.dialer.connect(broker, { timeoutMs: 10_000 });
    await clock.advance(5_000);
    network.heal('broker', 'client');
    await clock.advance(1_000);
    expect((await connecting).remote).toEqual(broker);
  });

  it('can be given up', async () => {
    const { client, listen, network } = setUp();
    await listen();
    network.cut('client', 'broker');
    const giveUp = new AbortController();
    const connecting = client.dialer.connect(broker, { timeoutMs: 10_000, signal: giveUp.signal });
    giveUp.abort();
    await expect(connecting).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('resets connections between two hosts', async () => {
    const { clock, dial, listen, network, servers } = setUp();
    await listen();
    const near = await dial();
    network.reset('broker', 'client');
    await clock.settle();
    expect(near.closings).toMatchObject([{ code: 'CLOSED' }]);
    expect(servers[0]!.closings).toMatchObject([{ code: 'CLOSED' }]);
  });

  it('resets the connections of a program that crashed', async () => {
    const { clock, dial, listen, network, servers } = setUp();
    await listen();
    const near = await dial();
    network.crash('broker', 'process');
    await clock.settle();
    expect(near.closings).toMatchObject([{ code: 'CLOSED' }]);
    expect(servers[0]!.closings).toEqual([]);
    await expect(dial()).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('leaves connections half open when a host loses power, until it is back and hears of them', async () => {
    const { clock, dial, listen, network, servers } = setUp();
    await listen();
    const near = await dial();
    network.crash('broker', 'power');
    servers[0]!.send('from the dead');
    near.send('are you there?');
    await clock.advance(600_000);
    expect([near.closings, near.text, servers[0]!.text]).toEqual([[], '', '']);
    await listen();
    await clock.settle();
    expect(near.closings).toMatchObject([{ code: 'CLOSED' }]);
    const again = await dial();
    again.send('hello');
    await clock.settle();
    expect(servers[1]!.text).toBe('hello');
    expect(network.connectionCount).toBe(1);
  });

  it('does the same for the same seed, and loses and mixes up nothing', async () => {
    const run = async (seed: number) => {
      const trace: (NetworkEvent | string)[] = [];
      const { clock, dial, listen, servers } = setUp(
        { link: { latencyMs: 3, jitterMs: 9 }, reslice: true, windowBytes: 40, onEvent: (event) => trace.push(event) },
        seed,
      );
      await listen();
      const near = await dial();
      let sent = '';
      for (let n = 0; n < 30; n++) {
        const text = `${n}:${'abcdefgh'.slice(0, n % 9)};`;
        near.send(text);
        sent += text;
        if (n % 7 === 0) await clock.advance(2);
      }
      await clock.advance(5_000);
      expect(servers[0]!.text).toBe(sent);
      return [...trace, ...servers[0]!.events];
    };
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        expect(await run(seed)).toEqual(await run(seed));
      }),
      { numRuns: 25 },
    );
    expect(await run(1)).not.toEqual(await run(2));
  });
});
