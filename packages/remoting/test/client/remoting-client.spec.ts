import { createMeter } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { RemotingClient } from '../../src/client/remoting-client.js';
import { processor } from '../../src/server/processor.js';
import { RemotingServer } from '../../src/server/remoting-server.js';
import {
  clientAndServer,
  DeadChannel,
  echo,
  echoProcessor,
  ports,
  silence,
  silenceProcessor,
  failure,
} from '../harness.js';

const ADDRESS = 'server:1';

describe('connecting', () => {
  it('dials once for all who ask at the same time, whatever they call the address', async () => {
    const { client, clock, network, server } = clientAndServer();
    const spellings = ['server:1', 'memory://server:1', ' server:1'];
    const answers = spellings.map((address, number) => client.invoke(address, echo, { number }));
    await clock.settle();
    expect((await Promise.all(answers)).map(({ header }) => header?.number)).toEqual([0, 1, 2]);
    expect(network.dials).toHaveLength(1);
    expect(server.connections.size).toBe(1);
  });

  it('fails with what the network said and an address that can be tried again', async () => {
    const { client, clock } = clientAndServer();
    const call = failure(client.invoke('server:2', echo, { number: 1 }));
    await clock.settle();
    const error = await call;
    expect(error).toMatchObject({ code: 'CONNECT_FAILED', address: 'server:2', retryable: true });
    expect(error.message).toContain('nobody listens on 2');
  });

  it('pauses longer after each failed attempt, and waits for the next one when the request has time', async () => {
    const { client, clock, network, server } = clientAndServer();
    const attempts: number[] = [];
    let count = 0;
    for (let call = 0; call < 6; call++) {
      const failed = failure(client.invoke('server:2', echo, { number: 1 }, { timeoutMs: 60_000 }));
      await clock.advance(10_000);
      await failed;
      attempts.push(network.dials.length - count);
      count = network.dials.length;
    }
    expect(attempts).toEqual([1, 1, 1, 1, 1, 1]);
    network.servers.set(2, (channel) => server.accept(channel));
    const answer = client.invoke('server:2', echo, { number: 1 }, { timeoutMs: 60_000 });
    await clock.advance(10_000);
    expect((await answer).code).toBe(0);
  });

  it('tells at once when the next attempt comes too late for the request', async () => {
    const { client, clock, network } = clientAndServer({}, { backOff: { firstMs: 4000, maxMs: 4000 } });
    await Promise.all([failure(client.invoke('server:2', echo, { number: 1 })), clock.settle()]);
    const error = await failure(client.invoke('server:2', echo, { number: 1 }, { timeoutMs: 1000 }));
    expect(error.code).toBe('CONNECT_FAILED');
    expect(error.message).toMatch(/nobody listens on 2 \(1 times; the next attempt is in \d+ ms\)/);
    expect(network.dials).toHaveLength(1);
  });

  it('ends only its own wait when a caller gives up or runs out of time', async () => {
    const { client, clock, network, server } = clientAndServer();
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const { dial } = network;
    network.dial = async (address) => {
      await gate;
      return dial(address);
    };
    const controller = new AbortController();
    const aborted = failure(client.invoke(ADDRESS, echo, { number: 1 }, { signal: controller.signal }));
    const late = failure(client.invoke(ADDRESS, echo, { number: 2 }, { timeoutMs: 100 }));
    const patient = client.invoke(ADDRESS, echo, { number: 3 }, { timeoutMs: 5000 });
    await clock.settle();
    controller.abort();
    await clock.advance(200);
    open();
    await clock.settle();
    expect((await aborted).code).toBe('ABORTED');
    expect((await late).code).toBe('TIMEOUT');
    expect((await patient).header).toEqual({ number: 3 });
    expect(server.connections.size).toBe(1);
  });

  it('refuses addresses it cannot reach and names the reason', async () => {
    const { client } = clientAndServer();
    expect(await failure(client.invoke('wss://h:1', echo, { number: 1 }))).toMatchObject({ code: 'BAD_ADDRESS' });
    expect((await failure(client.invoke('tcp://h:1', echo, { number: 1 }))).message).toContain('needs transport tcp');
    expect((await failure(client.invoke('nonsense', echo, { number: 1 }))).code).toBe('BAD_ADDRESS');
  });

  it('reconnects when the server has come back, and reports both', async () => {
    const { client, clock, network, server, ...common } = clientAndServer();
    const events: string[] = [];
    client.onConnection(({ type, address }) => events.push(`${type} ${address}`));
    const call = () => client.invoke(ADDRESS, echo, { number: 1 }, { timeoutMs: 30_000 });
    const first = call();
    await clock.settle();
    await first;
    await clock.advance(5000);
    await server.close();
    await clock.settle();
    const next = new RemotingServer({ processors: [echoProcessor] }, { clock, logger: common.logger });
    network.servers.set(1, (channel) => next.accept(channel));
    await clock.settle();
    const second = call();
    await clock.advance(1000);
    expect((await second).code).toBe(0);
    expect(events).toEqual([`connected ${ADDRESS}`, `closed ${ADDRESS}`, `connected ${ADDRESS}`]);
  });

  it('does not hammer a server that drops every connection', async () => {
    const { client, clock, network } = clientAndServer();
    network.servers.set(3, (channel) => channel.destroy());
    for (let call = 0; call < 100; call++) {
      const failed = failure(client.invoke('server:3', echo, { number: 1 }, { timeoutMs: 100 }));
      await clock.advance(100);
      await failed;
    }
    // Ten seconds of calls: without pauses there would be a hundred attempts.
    expect(network.dials.length).toBeLessThan(12);
  });
});

describe('a server that goes away', () => {
  const goAway = (times: number) => {
    let left = times;
    return processor(echo, ({ header }) =>
      left-- > 0 ? { code: 1500, remark: 'please go away' } : { code: 0, header: { number: header.number } },
    );
  };

  it('is asked once more over a new connection', async () => {
    const { client, clock, network, server } = clientAndServer({ processors: [goAway(1)] });
    const answer = client.invoke(ADDRESS, echo, { number: 5 });
    await clock.settle();
    expect((await answer).header).toEqual({ number: 5 });
    expect(network.dials).toHaveLength(2);
    expect(server.connections.size).toBe(1);
  });

  it('fails the call when it says so twice', async () => {
    const { client, clock } = clientAndServer({ processors: [goAway(2)] });
    const call = failure(client.invoke(ADDRESS, echo, { number: 5 }));
    await clock.settle();
    expect(await call).toMatchObject({ code: 'GO_AWAY', retryable: true });
  });

  it('still answers what it was asked before over the old connection', async () => {
    let finish: () => void = () => {};
    const slow = processor(silence, () => new Promise((resolve) => (finish = () => resolve({ code: 0 }))));
    const { client, clock, server } = clientAndServer({ processors: [goAway(1), slow] });
    const held = client.invoke(ADDRESS, silence, {});
    await clock.settle();
    const moved = client.invoke(ADDRESS, echo, { number: 1 });
    await clock.settle();
    expect((await moved).code).toBe(0);
    expect(server.connections.size).toBe(2);
    finish();
    await clock.settle();
    expect((await held).code).toBe(0);
    expect(server.connections.size).toBe(1);
  });

  it('is told apart from one that cannot be reached any more', async () => {
    const { client, clock, network } = clientAndServer({ processors: [goAway(1)] });
    const first = client.connect(ADDRESS);
    await clock.settle();
    await first;
    network.servers.delete(1);
    const call = failure(client.invoke(ADDRESS, echo, { number: 5 }));
    await clock.settle();
    expect((await call).code).toBe('CONNECT_FAILED');
  });
});

describe('a half-open connection', () => {
  it('is left by the next request, while an answer may still come for those before', async () => {
    const { client, clock, network, server } = clientAndServer();
    const dead = new DeadChannel();
    const { dial } = network;
    let dials = 0;
    network.dial = (address) => (dials++ === 0 ? Promise.resolve(dead) : dial(address));
    const long = failure(client.invoke(ADDRESS, echo, { number: 1 }, { timeoutMs: 20_000 }));
    const short = failure(client.invoke(ADDRESS, echo, { number: 2 }, { timeoutMs: 1000 }));
    await clock.advance(1500);
    expect((await short).code).toBe('TIMEOUT');
    expect(dead.state).toBe('open');
    const fresh = client.invoke(ADDRESS, echo, { number: 3 });
    await clock.settle();
    expect((await fresh).code).toBe(0);
    await clock.advance(20_000);
    expect((await long).code).toBe('TIMEOUT');
    expect(dead.state).toBe('closed');
    expect([client.connections.size, server.connections.size]).toEqual([1, 1]);
  });

  it('is not suspected because one request is slow', async () => {
    const { client, clock, network } = clientAndServer();
    const slow = failure(client.invoke(ADDRESS, silence, {}, { timeoutMs: 1000 }));
    await clock.advance(500);
    const quick = client.invoke(ADDRESS, echo, { number: 1 });
    await clock.advance(1000);
    await quick;
    expect((await slow).message).toContain('alive but slow');
    const next = client.invoke(ADDRESS, echo, { number: 2 });
    await clock.settle();
    await next;
    expect(network.dials).toHaveLength(1);
  });
});

describe('requests of the server', () => {
  it('go to the processors of the client', async () => {
    const twice = processor(echo, ({ header }) => ({ code: 0, header: { number: header.number * 2 } }));
    const { client, clock, server } = clientAndServer({}, { processors: [twice] });
    const connected = client.connect(ADDRESS);
    await clock.settle();
    await connected;
    const [connection] = server.connections;
    const known = connection!.request(echo, { number: 21 });
    const unknown = connection!.request(silence, {});
    await clock.settle();
    expect((await known).header).toEqual({ number: 42 });
    expect(await unknown).toMatchObject({ code: 3, remark: ' request type 9002 not supported' });
  });
});

describe('one-way requests', () => {
  it('connect first when need be', async () => {
    const seen: number[] = [];
    const spy = processor(echo, ({ header }) => void seen.push(header.number));
    const { client, clock } = clientAndServer({ processors: [spy] });
    const sent = [client.oneway(ADDRESS, echo, { number: 1 }), client.oneway(ADDRESS, echo, { number: 2 })];
    await clock.settle();
    await Promise.all(sent);
    expect(seen).toEqual([1, 2]);
    expect((await failure(client.oneway('server:9', echo, { number: 1 }))).code).toBe('CONNECT_FAILED');
  });
});

describe('time', () => {
  it('includes connecting, and a deadline overrules the timeout', async () => {
    const { client, clock, network } = clientAndServer();
    const { dial } = network;
    network.dial = async (address) => {
      await new Promise<void>((resolve) => void clock.schedule(400, resolve));
      return dial(address);
    };
    const ended: number[] = [];
    const watch = (call: Promise<unknown>) => failure(call).then(() => ended.push(clock.monotonic()));
    const calls = [
      watch(client.invoke(ADDRESS, silence, {}, { timeoutMs: 1000 })),
      watch(client.invoke(ADDRESS, silence, {}, { timeoutMs: 1000, deadlineAt: 2500 })),
    ];
    await clock.advance(5000);
    await Promise.all(calls);
    expect(ended).toEqual([1000, 2500]);
  });

  it('closes connections on which nothing moves, and only those', async () => {
    const { client, clock, server } = clientAndServer({ idleTimeoutMs: 0 }, { idleTimeoutMs: 12_000 });
    await client.start();
    const call = async () => {
      const answer = client.invoke(ADDRESS, echo, { number: 1 });
      await clock.advance(10_000);
      await answer;
    };
    for (let round = 0; round < 4; round++) await call();
    expect(client.connections.size).toBe(1);
    await clock.advance(14_000);
    expect([client.connections.size, server.connections.size]).toEqual([0, 0]);
    await call();
    expect(client.connections.size).toBe(1);
    await client.close();
  });
});

describe('closing', () => {
  it('lets answers come, takes no more calls, and ends the connections', async () => {
    let finish: () => void = () => {};
    const slow = processor(silence, () => new Promise((resolve) => (finish = () => resolve({ code: 0 }))));
    const { client, clock, server } = clientAndServer({ processors: [slow] });
    const held = client.invoke(ADDRESS, silence, {});
    await clock.settle();
    const closing = client.close();
    expect((await failure(client.invoke(ADDRESS, silence, {}))).code).toBe('CLOSED');
    await clock.advance(100);
    finish();
    await clock.advance(100);
    await closing;
    expect((await held).code).toBe(0);
    await clock.settle();
    expect([client.connections.size, server.connections.size]).toEqual([0, 0]);
    await client.close();
  });

  it('does not wait longer than its drain timeout', async () => {
    const { client, clock } = clientAndServer({}, { drainTimeoutMs: 500 });
    const held = failure(client.invoke(ADDRESS, silence, {}, { timeoutMs: 60_000 }));
    await clock.settle();
    const closing = client.close();
    await clock.advance(600);
    await closing;
    expect((await held).code).toBe('CLOSED');
  });

  it('gives up a dial', async () => {
    const common = ports();
    const dialer = {
      kind: 'memory' as const,
      connect: (_: unknown, { signal }: { signal?: AbortSignal }) =>
        new Promise<never>((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted')))),
    };
    const client = new RemotingClient({ defaultKind: 'memory' }, { ...common, dialers: { memory: dialer } });
    const call = failure(client.invoke(ADDRESS, echo, { number: 1 }));
    await client.close();
    expect((await call).code).toBe('CONNECT_FAILED');
  });
});

it('forgets addresses it has no connection to when there are very many', async () => {
  const { client, clock, network } = clientAndServer();
  const first = client.invoke(ADDRESS, echo, { number: 1 });
  await clock.settle();
  await first;
  for (let port = 2; port < 3000; port++) {
    const failed = failure(client.invoke(`server:${port}`, echo, { number: 1 }));
    await failed;
  }
  const again = client.invoke(ADDRESS, echo, { number: 2 });
  await clock.settle();
  expect((await again).code).toBe(0);
  expect(network.dials.filter(({ port }) => port === 1)).toHaveLength(1);
});

it('has gauges', async () => {
  const common = { ...ports(), meter: createMeter() };
  const { network } = clientAndServer();
  const client = new RemotingClient(
    { defaultKind: 'memory', name: 'test', processors: [silenceProcessor] },
    { ...common, dialers: { memory: network.dialer } },
  );
  void client.connect(ADDRESS);
  await common.clock.settle();
  const values = Object.fromEntries(common.meter.gauges.map((gauge) => [gauge.name, [...gauge.read()][0]?.value]));
  expect(values).toMatchObject({
    rocketmq_remoting_client_connections: 1,
    rocketmq_remoting_client_requests_in_flight: 0,
  });
});
