import { setTimeout as sleep } from 'node:timers/promises';
import { type Delivery, settle, settleBatch, settleOrdered, ackFirst } from '@cometmq/sdk';
import type { Facts } from './facts.js';
import {
  bodies,
  numbers,
  Collector,
  firstQueue,
  type SdkScenario,
  type Session,
  sorted,
  textOf,
  until,
} from './sdk-session.js';

export const streamScenarios: Readonly<Record<string, SdkScenario>> = {
  'stream/settle': settles,
  'stream/credit': credit,
  'stream/verdicts': verdicts,
  'stream/gives-back': givesBack,
  'stream/ordered': ordered,
  'stream/batch': batch,
  'stream/iterator': iterator,
};

async function consumerOf(session: Session, group = session.name('g')) {
  return (await session.client()).pushConsumer({ group, consumeFrom: 'first' });
}

async function settles(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 40);
  const got: string[] = [];
  const consumer = await consumerOf(session);
  let running = 0;
  let most = 0;
  const handler = async (message: Delivery['message']): Promise<void> => {
    most = Math.max(most, ++running);
    await sleep(5);
    running--;
    got.push(textOf(message));
  };
  const emitted: boolean[] = [];
  const subscription = consumer
    .messages(session.name('t'))
    .pipe(settle(handler, { concurrency: 4 }))
    .subscribe(({ settled }) => emitted.push(settled));
  await until(() => got.length >= 40);
  await sleep(300);
  facts.expect('received', bodies(0, 40), numbers(got));
  facts.expect('at-once', 4, most);
  facts.expect('settled', 40, emitted.filter(Boolean).length);
  subscription.unsubscribe();
  const first: unknown[] = [];
  const taking = (await consumerOf(session, session.name('g2')))
    .messages(session.name('t'))
    .pipe(ackFirst())
    .subscribe((body) => first.push(body));
  await until(() => first.length >= 40);
  facts.expect('ack-first', 40, first.length);
  taking.unsubscribe();
}

/** No more than `maxInFlight` are handed out before one is settled. */
async function credit(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 50);
  const open: Delivery[] = [];
  const consumer = await consumerOf(session);
  const subscription = consumer
    .messages(session.name('t'), { maxInFlight: 5 })
    .subscribe((delivery) => open.push(delivery));
  await until(() => open.length >= 5);
  await sleep(500);
  facts.expect('first', 5, open.length);
  open[0]!.ack();
  open[0]!.ack();
  await until(() => open.length >= 6);
  await sleep(300);
  facts.expect('after-one', 6, open.length);
  for (let done = 1; done < 50 && (await until(() => open.length > done, 5000)); done++) {
    open[done]!.ack();
  }
  facts.expect('all', bodies(0, 50), numbers(open.map(({ message }) => textOf(message))));
  subscription.unsubscribe();
}

async function verdicts(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 3, firstQueue);
  const seen: string[] = [];
  const subscription = (await consumerOf(session)).messages(session.name('t')).subscribe((delivery) => {
    const { body, reconsumeTimes } = delivery.message;
    seen.push(`${String(body)}/${reconsumeTimes}`);
    if (body === 'm0') {
      delivery.reject('no');
    } else if (body === 'm1' && reconsumeTimes === 0) {
      delivery.retry({ level: 1 });
    } else {
      delivery.ack();
    }
  });
  await until(() => seen.length >= 4);
  facts.expect('seen', 'm0/0,m1/0,m1/1,m2/0', sorted(seen));
  const dead = await session.deadLetters(1);
  facts.expect('dead', 'm0', dead.bodies.join());
  subscription.unsubscribe();
}

/** What was not settled when a stream ends is consumed by the next. */
async function givesBack(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 20);
  const open: Delivery[] = [];
  const subscription = (await consumerOf(session))
    .messages(session.name('t'), { maxInFlight: 8 })
    .subscribe((delivery) => open.push(delivery));
  await until(() => open.length >= 8);
  const acked = open.slice(0, 4).map(({ message }) => textOf(message));
  open.slice(0, 4).forEach((delivery) => delivery.ack());
  await sleep(200);
  subscription.unsubscribe();
  await sleep(500);
  const rest = new Collector();
  await session.consume(rest, { client: await session.another() });
  await until(() => new Set([...acked, ...rest.bodies]).size >= 20);
  await sleep(300);
  facts.expect('complete', bodies(0, 20), numbers([...acked, ...rest.bodies]));
}

async function ordered(session: Session, facts: Facts): Promise<void> {
  const producer = await session.producer();
  for (let i = 0; i < 10; i++) {
    for (const key of ['a', 'b', 'c']) {
      await producer.send(session.name('t'), `${key}-${i}`, { shardingKey: key });
    }
  }
  const got: string[] = [];
  const handler = async (message: Delivery['message']): Promise<void> => {
    await sleep(Math.abs(textOf(message).codePointAt(0)! % 3));
    got.push(textOf(message));
  };
  const key = (message: Delivery['message']): unknown => message.shardingKey;
  const subscription = (await consumerOf(session))
    .messages(session.name('t'))
    .pipe(settleOrdered(handler, { key }))
    .subscribe();
  await until(() => got.length >= 30);
  for (const name of ['a', 'b', 'c']) {
    const own = got.filter((body) => body.startsWith(name));
    facts.expect(name, true, own.join() === Array.from({ length: 10 }, (_, i) => `${name}-${i}`).join());
  }
  subscription.unsubscribe();
}

async function batch(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 25);
  const sizes: number[] = [];
  const got: string[] = [];
  const consumer = await consumerOf(session);
  const subscription = consumer
    .messages(session.name('t'), { maxInFlight: 100 })
    .pipe(
      settleBatch(
        async (messages) => {
          sizes.push(messages.length);
          got.push(...messages.map(textOf));
        },
        { size: 10, lingerMs: 300 },
      ),
    )
    .subscribe();
  await until(() => got.length >= 25);
  facts.expect('received', bodies(0, 25), numbers(got));
  facts.expect('at-most', true, Math.max(...sizes) <= 10);
  facts.expect('gathered', true, sizes.length < 25);
  subscription.unsubscribe();
}

async function iterator(session: Session, facts: Facts): Promise<void> {
  await session.send(0, 20);
  const got: string[] = [];
  for await (const delivery of (await consumerOf(session)).deliveries(session.name('t'), { maxInFlight: 3 })) {
    got.push(textOf(delivery.message));
    delivery.ack();
    if (got.length === 10) {
      break;
    }
  }
  facts.expect('taken', 10, new Set(got).size);
  await sleep(500);
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 20_000).unref();
  for await (const delivery of (await consumerOf(session)).deliveries(session.name('t'), { signal: abort.signal })) {
    got.push(textOf(delivery.message));
    delivery.ack();
    if (new Set(got).size === 20) {
      abort.abort();
    }
  }
  facts.expect('all', bodies(0, 20), numbers(got));
}
