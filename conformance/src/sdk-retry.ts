import { reject, RejectMessageError, retry, RetryLaterError } from '@cometmq/sdk';
import type { Facts } from './facts.js';
import { Collector, firstQueue, type SdkScenario, type Session, sorted, textOf, until } from './sdk-session.js';

/** The delays are those of the servers' messageDelayLevel: 1 s each, level 2 is 2 s. */
export const retryScenarios: Readonly<Record<string, SdkScenario>> = {
  'retry/dead-letter': deadLetter,
  'retry/once': once,
  'retry/delay': delay,
  'retry/reject': rejects,
  'retry/unreadable': unreadable,
  'retry/batch': batch,
  'retry/orderly': orderly,
  'retry/orderly-dead-letter': orderlyDeadLetter,
};

const timesOf = (collector: Collector, wanted: string): string =>
  collector.messages
    .filter(({ body }) => body === wanted)
    .map(({ reconsumeTimes }) => reconsumeTimes)
    .join();

async function once(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 4, { tags: 'a', keys: 'k' });
  const attempts: number[] = [];
  const collector = new Collector((message, { attempt }) => {
    if (message.body !== 'm1') {
      return;
    }
    attempts.push(attempt);
    if (message.reconsumeTimes === 0) {
      throw new Error('not now');
    }
  });
  const errors: string[] = [];
  const consumer = (await session.client()).pushConsumer({ group: session.name('g'), consumeFrom: 'first' });
  consumer.errors$.subscribe(({ message, error, willRetry }) =>
    errors.push(`${textOf(message)} ${String(error)} ${willRetry}`),
  );
  consumer.subscribe({ topic: session.name('t'), filter: 'a' }, (message, context) => collector.take(message, context));
  await consumer.start();
  await until(() => collector.messages.length >= 5);
  facts.expect('deliveries', 5, collector.messages.length);
  facts.expect('reconsume-times', '0,1', timesOf(collector, 'm1'));
  facts.expect('attempts', '1,2', attempts.join());
  const again = collector.messages.at(-1);
  facts.expect('topic', true, again?.topic === session.name('t') && again.originTopic === session.name('t'));
  facts.expect('tags-keys', 'a k', `${again?.tags} ${again?.keys.join()}`);
  facts.expect('same-id', true, again?.msgId === collector.messages.find(({ body }) => body === 'm1')?.msgId);
  facts.expect('errors', 'm1 Error: not now true', errors.join());
  facts.note('names', sorted(Object.keys(again?.properties ?? {})));
}

async function delay(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 3, firstQueue);
  const at = new Map<string, number[]>();
  const collector = new Collector((message) => {
    const body = String(message.body);
    at.set(body, [...(at.get(body) ?? []), performance.now()]);
    if (message.reconsumeTimes > 0) {
      return undefined;
    }
    if (body === 'm1') {
      throw new RetryLaterError('later', { level: 1 });
    }
    return retry(body === 'm0' ? { level: 2 } : { afterMs: 1000 });
  });
  await session.consume(collector);
  await until(() => collector.messages.length >= 6);
  for (const [body, least] of [
    ['m0', 2000],
    ['m1', 1000],
    ['m2', 1000],
  ] as const) {
    const [first = 0, second = 0] = at.get(body) ?? [];
    facts.expect(`${body}-not-early`, true, second - first >= least);
  }
  facts.expect('last', 'm0', collector.bodies.at(-1));
}

async function rejects(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 4, { tags: 'a', keys: 'k', properties: { colour: 'blue' }, ...firstQueue });
  const collector = new Collector((message) => {
    if (message.body === 'm1') {
      return reject('no');
    }
    if (message.body === 'm2') {
      throw new RejectMessageError('no');
    }
    return undefined;
  });
  await session.consume(collector);
  await collector.await(4);
  const dead = await session.deadLetters(2);
  facts.expect('deliveries', 4, collector.messages.length);
  facts.expect('dead', 'm1,m2', sorted(dead.bodies));
  const [message] = dead.messages;
  facts.expect('origin', true, message?.originTopic === session.name('t'));
  facts.expect('kept', 'a k blue', `${message?.tags} ${message?.keys.join()} ${message?.properties['colour']}`);
  facts.note('reconsume-times', message?.reconsumeTimes);
  facts.note('names', sorted(Object.keys(message?.properties ?? {})));
}

async function deadLetter(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 2, firstQueue);
  const collector = new Collector((message) => (message.body === 'm0' ? retry() : undefined));
  await session.consume(collector, { maxReconsumeTimes: 2 });
  await until(() => collector.messages.length >= 4);
  const dead = await session.deadLetters(1);
  facts.expect('reconsume-times', '0,1,2', timesOf(collector, 'm0'));
  facts.expect('dead', 'm0', dead.bodies.join());
  facts.expect('origin', true, dead.messages[0]?.originTopic === session.name('t'));
  facts.note('dead-reconsume-times', dead.messages[0]?.reconsumeTimes);
}

/** What the codec cannot read goes to the dead letters at once, unless the handler takes the bytes. */
async function unreadable(session: Session, facts: Facts): Promise<void> {
  const producer = (await session.client()).producer({
    codec: { contentType: 'application/json', encode: () => Buffer.from('{broken'), decode: () => undefined },
  });
  await producer.send(session.name('t'), {}, firstQueue);
  await session.send(1, 1, firstQueue);
  const texts: string[] = [];
  const bytes: string[] = [];
  const consumer = (await session.client()).pushConsumer({ group: session.name('g'), consumeFrom: 'first' });
  consumer.subscribe(session.name('t'), ({ body }) => void texts.push(String(body)));
  await consumer.start();
  const careful = (await session.client()).pushConsumer({ group: session.name('g2'), consumeFrom: 'first' });
  careful.subscribe(session.name('t'), ({ raw }) => void bytes.push(raw.toString()));
  await careful.start();
  const dead: string[] = [];
  const reader = (await session.another()).pushConsumer({ group: session.name('dead'), consumeFrom: 'first' });
  reader.subscribe(`%DLQ%${session.name('g')}`, ({ raw }) => void dead.push(raw.toString()));
  await reader.start();
  await until(() => dead.length >= 1 && texts.length >= 1 && bytes.length >= 2);
  facts.expect('read', 'm1', texts.join());
  facts.expect('dead', '{broken', dead.join());
  facts.expect('bytes', '"m1",{broken', sorted(bytes));
}

async function batch(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 6, firstQueue);
  const seen: string[] = [];
  const consumer = (await session.client()).pushConsumer({
    group: session.name('g'),
    consumeFrom: 'first',
    batch: { size: 3 },
  });
  consumer.subscribeBatch(session.name('t'), (messages) => {
    for (const { body, reconsumeTimes } of messages) {
      seen.push(`${String(body)}/${reconsumeTimes}`);
    }
    return messages.some(({ body, reconsumeTimes }) => body === 'm0' && reconsumeTimes === 0)
      ? retry({ level: 1 })
      : undefined;
  });
  await consumer.start();
  await until(() => seen.includes('m0/1'));
  const again = seen.filter((text) => text.endsWith('/1')).length;
  const size = seen.indexOf('m0/0') === 0 ? again : 0;
  facts.expect('again', true, await until(() => size >= 1 && size <= 3));
  facts.expect(
    'first',
    'm0,m1,m2,m3,m4,m5',
    sorted(seen.filter((text) => text.endsWith('/0')).map((text) => text.split('/')[0])),
  );
}

/** A failure makes the queue wait and the message come again in place: nothing overtakes it. */
async function orderly(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 6, firstQueue);
  const times: number[] = [];
  const collector = new Collector((message) => {
    if (message.body === 'm2') {
      times.push(message.reconsumeTimes);
    }
    if (message.body === 'm2' && message.reconsumeTimes < 2) {
      throw new Error('not now');
    }
    return message.body === 'm4' && message.reconsumeTimes === 0 ? retry({ afterMs: 50 }) : undefined;
  });
  await session.consume(collector, { mode: 'orderly', suspendMs: 50 });
  await collector.await(6);
  facts.expect('order', 'm0,m1,m2,m2,m2,m3,m4,m4,m5', collector.bodies.join());
  facts.expect('reconsume-times', '0,1,2', times.join());
}

async function orderlyDeadLetter(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 4, firstQueue);
  const collector = new Collector((message) => {
    if (message.body === 'm1') {
      throw new Error('never');
    }
    return message.body === 'm2' ? reject() : undefined;
  });
  await session.consume(collector, { mode: 'orderly', suspendMs: 50, maxReconsumeTimes: 2 });
  await collector.await(4);
  facts.expect('order', 'm0,m1,m1,m1,m2,m3', collector.bodies.join());
  const dead = await session.deadLetters(2);
  facts.expect('dead', 'm1,m2', sorted(dead.bodies));
  facts.note('dead-reconsume-times', sorted(dead.messages.map(({ reconsumeTimes }) => reconsumeTimes)));
}
