import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { type ClientStatus, reject } from '@cometmq/sdk';
import type { Facts } from './facts.js';
import { tlsIdentity } from './paths.js';
import { bodies, Collector, numbers, outcome, type SdkScenario, type Session, sorted, until } from './sdk-session.js';

export const clientScenarios: Readonly<Record<string, SdkScenario>> = {
  'client/name-servers': nameServers,
  'client/namespace': namespace,
  'client/hooks': hooks,
  'client/same-instance': sameInstance,
  'client/silent-name-server': silentNameServer,
  'client/status': status,
  'client/metrics': metrics,
  'client/tls': tls,
};

/** Names of name servers of which the first is not there; given as a text, a list and a function. */
async function nameServers(session: Session, facts: Facts): Promise<void> {
  const scheme = session.namesrv.slice(0, session.namesrv.indexOf(':'));
  const dead = `${scheme}://127.0.0.1:1`;
  const lists = [`${dead};${session.namesrv}`, [dead, session.namesrv], async () => [dead, session.namesrv]];
  for (const [i, namesrv] of lists.entries()) {
    const client = await session.another({ namesrv });
    const sent = await client.producer().send(session.name('t'), `m${i}`);
    facts.expect(`form-${i}`, 'SEND_OK', sent.status);
  }
  facts.expect('none', 'NO_NAMESRV', await outcome(session.another({ namesrv: dead })));
  facts.expect('no-address', 'INVALID_ARGUMENT', await outcome(session.another({ namesrv: `${scheme}://host:port` })));
}

/** One that takes connections and never answers is left for the next. */
async function silentNameServer(session: Session, facts: Facts): Promise<void> {
  const scheme = session.namesrv.slice(0, session.namesrv.indexOf(':'));
  const silent = createServer((socket) => socket.on('error', () => undefined).resume());
  try {
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = `${scheme}://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    // Which one is asked first is chance: three clients.
    for (let i = 0; i < 3; i++) {
      const client = await session.another({ namesrv: [address, session.namesrv], requestTimeoutMs: 2000 });
      const sent = await client.producer({ sendTimeoutMs: 20_000 }).send(session.name('t'), `m${i}`);
      facts.expect(`sent-${i}`, 'SEND_OK', sent.status);
    }
    const nobody = outcome(session.another({ namesrv: address, requestTimeoutMs: 500 }));
    facts.expect('alone', 'NO_NAMESRV', await nobody);
  } finally {
    // Its connections end with the clients, which are closed behind the scenario.
    silent.close();
  }
}

async function status(session: Session, facts: Facts): Promise<void> {
  const client = await session.another();
  const seen: ClientStatus[] = [];
  let completed = false;
  client.status$.subscribe({ next: (value) => seen.push(value), complete: () => (completed = true) });
  facts.expect('at-first', 'connected', seen[0]?.state);
  facts.expect('no-broker-yet', 0, seen[0]?.brokers.length);
  await client.producer().send(session.name('t'), 'm0');
  await until(() => seen.at(-1)?.brokers.some(({ connected }) => connected) === true);
  facts.expect('after-a-send', 'connected 1', `${seen.at(-1)?.state} ${seen.at(-1)?.brokers.length}`);
  facts.expect('name-server', true, session.namesrv.endsWith(String(seen.at(-1)?.namesrv)));
  await client.close();
  facts.expect('states', 'closed,connected', sorted(seen.map(({ state }) => state)));
  facts.expect('last', 'closed true', `${seen.at(-1)?.state} ${completed}`);
  facts.expect('closed-twice', 'ok', await outcome(client.close()));
}

/** Every send and every call of a handler is counted under its outcome, and its time measured. */
async function metrics(session: Session, facts: Facts): Promise<void> {
  const counted = new Map<string, number>();
  const timed = new Map<string, number>();
  const client = await session.another({
    metrics: {
      count: (name, by, { outcome: end }) =>
        void counted.set(`${name} ${end}`, (counted.get(`${name} ${end}`) ?? 0) + by),
      time: (name, ms) => void timed.set(name, (timed.get(name) ?? 0) + Number(ms >= 0)),
    },
  });
  for (let i = 0; i < 5; i++) {
    await client.producer().send(session.name('t'), `m${i}`);
  }
  await outcome(client.producer().send('with space', 'x'));
  const collector = new Collector(({ body, reconsumeTimes }) => {
    if (body === 'm1') {
      return reject('no');
    }
    if (body === 'm2' && reconsumeTimes === 0) {
      throw new Error('not now');
    }
    return undefined;
  });
  await session.consume(collector, { client });
  await until(() => collector.messages.length >= 6);
  await until(() => [...counted].filter(([name]) => name.includes('consumes')).reduce((sum, [, n]) => sum + n, 0) >= 6);
  facts.expect(
    'counts',
    [
      'rocketmq_client_consumes_total ack 4',
      'rocketmq_client_consumes_total error 1',
      'rocketmq_client_consumes_total reject 1',
      'rocketmq_client_sends_total INVALID_ARGUMENT 1',
      'rocketmq_client_sends_total SEND_OK 5',
    ].join(),
    sorted([...counted].map((entry) => entry.join(' '))),
  );
  facts.expect(
    'times',
    'rocketmq_client_consume_ms 6,rocketmq_client_send_ms 6',
    sorted([...timed].map((entry) => entry.join(' '))),
  );
}

/** The servers' certificate is its own authority and names 127.0.0.1. */
async function tls(session: Session, facts: Facts): Promise<void> {
  const ca = readFileSync(tlsIdentity.certificate, 'utf8');
  // `wss://` needs no option; `ws://` and `tcp://` are switched by it.
  const client = await session.another({ namesrv: session.namesrv.replace(/^ws:/, 'wss:'), tls: { ca } });
  for (let i = 0; i < 10; i++) {
    await client.producer().send(session.name('t'), `m${i}`);
  }
  const [one, two] = [new Collector(), new Collector()];
  await session.consume(one, { client });
  const trusting = await session.another({ tls: { verify: false } });
  await session.consume(two, { client: trusting, group: session.name('g2'), mode: 'orderly' });
  await one.await(10);
  await two.await(10);
  facts.expect('verified', bodies(0, 10), numbers(one.bodies));
  facts.expect('not-verified', bodies(0, 10), numbers(two.bodies));
  const large = 'x'.repeat(1_000_000);
  const plain = await session.another({ tls: { ca, serverName: 'localhost' }, compression: false });
  await plain.producer({ sendTimeoutMs: 20_000 }).send(session.name('t'), large);
  await until(() => one.messages.some(({ body }) => body === large));
  facts.expect(
    'large',
    true,
    one.messages.some(({ body }) => body === large),
  );
  facts.expect('unknown-authority', 'NO_NAMESRV', await outcome(session.another({ tls: true })));
  facts.expect('wrong-name', 'NO_NAMESRV', await outcome(session.another({ tls: { ca, serverName: 'example.org' } })));
}

async function namespace(session: Session, facts: Facts): Promise<void> {
  const client = await session.another({ namespace: session.name('ns') });
  const producer = client.producer();
  for (const body of ['m0', 'm1']) {
    const { queue } = await producer.send(session.name('t'), body);
    facts.expect('sent-to', true, queue.topic === session.name('t'));
  }
  const collector = new Collector(({ body }) => (body === 'm1' ? reject('no') : undefined));
  await session.consume(collector, { client });
  await collector.await(2);
  facts.expect(
    'topic',
    true,
    collector.messages.every(({ topic }) => topic === session.name('t')),
  );
  const dead = new Collector();
  const deadTopic = `%DLQ%${session.name('ns')}%${session.name('g')}`;
  await session.consume(dead, { topic: deadTopic, group: session.name('dead') });
  await dead.await(1);
  facts.expect('dead', '1', numbers(dead.bodies));
  const other = new Collector();
  await session.send(2, 1);
  await session.consume(other);
  await other.await(1);
  facts.expect('outside', '2', numbers(other.bodies));
}

/** Hooks see every send and every message; what a hook adds travels with the message. */
async function hooks(session: Session, facts: Facts): Promise<void> {
  const seen: string[] = [];
  const client = await session.another({
    hooks: {
      send: async (message, next) => {
        const sent = await next({ ...message, properties: { ...message.properties, trace: 'abc' } });
        seen.push(`sent ${String(message.body)}`);
        return sent;
      },
      consume: async (message, next) => {
        const verdict = await next();
        seen.push(`consumed ${String(message.body)} ${message.properties['trace']}`);
        return verdict;
      },
    },
  });
  await client.producer().send(session.name('t'), 'm0');
  const collector = new Collector();
  await session.consume(collector, { client });
  await until(() => seen.length >= 2);
  facts.expect('seen', 'sent m0,consumed m0 abc', seen.join());
}

/** Two groups and two producers of one client share its connections and do not hear each other's messages. */
async function sameInstance(session: Session, facts: Facts): Promise<void> {
  const client = await session.another({ instanceName: session.name('one') });
  const [one, two] = [new Collector(), new Collector()];
  await session.consume(one, { client, topic: session.name('a'), group: session.name('g1') });
  await session.consume(two, { client, topic: session.name('b'), group: session.name('g2') });
  facts.expect(
    'same-group-twice',
    'INVALID_ARGUMENT',
    await outcome(session.consume(one, { client, group: session.name('g1') })),
  );
  await Promise.all(Array.from({ length: 20 }, (_, i) => client.producer().send(session.name('a'), `m${i}`)));
  await Promise.all(
    Array.from({ length: 10 }, (_, i) => client.producer({ group: 'p2' }).send(session.name('b'), `m${i}`)),
  );
  await one.await(20);
  await two.await(10);
  facts.expect('first', bodies(0, 20), numbers(one.bodies));
  facts.expect('second', bodies(0, 10), numbers(two.bodies));
}
