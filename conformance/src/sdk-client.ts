import { reject } from '@cometmq/sdk';
import type { Facts } from './facts.js';
import { bodies, Collector, numbers, outcome, type SdkScenario, type Session, until } from './sdk-session.js';

export const clientScenarios: Readonly<Record<string, SdkScenario>> = {
  'client/name-servers': nameServers,
  'client/namespace': namespace,
  'client/hooks': hooks,
  'client/same-instance': sameInstance,
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
