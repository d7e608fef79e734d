import 'reflect-metadata';
import { map, type Observable } from 'rxjs';
import {
  Consumer,
  type Delivery,
  type MessageQueue,
  type MessageView,
  OnBatch,
  OnConsumerEvent,
  OnDeadLetter,
  OnMessage,
  OnStream,
  Producer,
  reject,
  retry,
  Send,
  type Sender,
  SendTo,
} from '@cometmq/sdk';
import type { Facts } from './facts.js';
import { type SdkScenario, type Session, sorted, until } from './sdk-session.js';

export const decoratorScenarios: Readonly<Record<string, SdkScenario>> = {
  'decorators/send-and-pass-on': sendAndPassOn,
  'decorators/batch-and-stream': batchAndStream,
  'decorators/dead-letters-and-events': deadLettersAndEvents,
  'decorators/orderly': orderly,
  'decorators/stream-restarts': streamRestarts,
};

interface Order {
  readonly id: string;
  readonly customer: string;
}

async function sendAndPassOn(session: Session, facts: Facts): Promise<void> {
  const topic = session.name('orders');

  @Producer({ group: session.name('producer'), topic })
  class Events {
    @Send<Order>({ tags: 'created', keys: (order) => order.id, shardingKey: (order) => order.customer })
    readonly created!: Sender<Order>;
    @Send<Order>({ tags: 'late', delay: { level: 1 } }) readonly late!: Sender<Order>;
    @Producer() readonly producer!: Producer;
  }

  @Consumer({ group: session.name('billing'), topic, consumeFrom: 'first' })
  class Billing {
    readonly seen: string[] = [];
    @OnMessage({ filter: { tags: ['created'] } })
    @SendTo(session.name('invoices'), { tags: 'invoice' })
    created(order: Order, message: MessageView<Order>) {
      this.seen.push(`${order.id}/${message.tags}/${message.keys.join()}/${message.shardingKey}`);
      return { invoice: order.id };
    }
    @OnMessage({ filter: { tags: 'late' } }) late(order: Order) {
      this.seen.push(`${order.id}/late`);
    }
  }

  @Consumer({ group: session.name('mail'), consumeFrom: 'first' })
  class Mail {
    readonly sent: string[] = [];
    @OnMessage(session.name('invoices')) mail(body: { readonly invoice: string }, message: MessageView) {
      this.sent.push(`${body.invoice}/${message.tags}`);
    }
    @OnMessage(session.name('notes')) note(body: string) {
      this.sent.push(body);
    }
  }

  const [events, billing, mail] = [new Events(), new Billing(), new Mail()];
  const binding = await (await session.client()).bind(events, billing, mail);
  facts.expect('consumers', 2, binding.consumers.length);
  const late = await events.late({ id: '3', customer: 'c' });
  for (const id of ['1', '2']) {
    await events.created({ id, customer: 'c' });
  }
  await events.producer.send(session.name('notes'), 'a note');
  facts.expect('status', 'SEND_OK', late.status);
  await until(() => billing.seen.length >= 3 && mail.sent.length >= 3);
  facts.expect('seen', '1/created/1/c,2/created/2/c,3/late', sorted(billing.seen));
  facts.expect('passed-on', '1/invoice,2/invoice,a note', sorted(mail.sent));
  await binding.close();
}

async function batchAndStream(session: Session, facts: Facts): Promise<void> {
  const topic = session.name('readings');

  @Consumer({ group: session.name('averages'), topic, consumeFrom: 'first' })
  class Averages {
    readonly sizes: number[] = [];
    readonly values: number[] = [];
    @OnBatch({}, { size: 10, lingerMs: 200 })
    all(bodies: readonly number[], messages: readonly MessageView<number>[]) {
      this.sizes.push(messages.length);
      this.values.push(...bodies);
    }
  }

  @Consumer({ group: session.name('live'), topic, consumeFrom: 'first' })
  class Live {
    readonly values: number[] = [];
    @OnStream({ maxInFlight: 4 })
    live(deliveries: Observable<Delivery<number>>) {
      return deliveries.pipe(
        map((delivery) => {
          this.values.push(delivery.message.body);
          delivery.ack();
        }),
      );
    }
  }

  const [averages, live] = [new Averages(), new Live()];
  const client = await session.client();
  await client.bind(averages, live);
  const values = Array.from({ length: 45 }, (_, i) => i);
  for (const value of values) {
    await client.producer().send(topic, value);
  }
  await until(() => new Set(averages.values).size >= 45 && new Set(live.values).size >= 45);
  facts.expect('batch', sorted(values), sorted(averages.values));
  facts.expect('stream', sorted(values), sorted(live.values));
  facts.expect('at-most', true, Math.max(...averages.sizes) <= 10);
}

async function deadLettersAndEvents(session: Session, facts: Facts): Promise<void> {
  const topic = session.name('orders');
  const events: string[] = [];

  @Consumer({ group: session.name('g'), topic, consumeFrom: 'first', maxReconsumeTimes: 1 })
  class Orders {
    readonly seen: string[] = [];
    readonly dead: string[] = [];
    readonly owned = new Set<number>();
    @OnMessage() async on(order: Order, message: MessageView<Order>) {
      this.seen.push(`${order.id}/${message.reconsumeTimes}`);
      if (order.id === 'bad') {
        return reject('no');
      }
      if (order.id === 'worse') {
        throw new Error('not today');
      }
      return order.id === 'later' && message.reconsumeTimes === 0 ? retry({ level: 1 }) : undefined;
    }
    @OnDeadLetter() deadLetter(order: Order, message: MessageView<Order>) {
      this.dead.push(`${order.id}/${message.originTopic === topic}`);
    }
    @OnConsumerEvent('error') onError() {
      events.push('error');
    }
    @OnConsumerEvent('retry') onRetry() {
      events.push('retry');
    }
    @OnConsumerEvent('deadLetter') onDeadLetter() {
      events.push('deadLetter');
    }
    @OnConsumerEvent('assigned') onAssigned(queues: readonly MessageQueue[]) {
      for (const queue of queues) {
        if (queue.topic === topic) {
          this.owned.add(queue.queueId);
        }
      }
    }
    @OnConsumerEvent('revoked') onRevoked(queues: readonly MessageQueue[]) {
      for (const queue of queues) {
        if (queue.topic === topic) {
          this.owned.delete(queue.queueId);
        }
      }
    }
  }

  const client = await session.client();
  const producer = client.producer();
  for (const id of ['good', 'bad', 'worse', 'later']) {
    await producer.send(topic, { id, customer: 'c' });
  }
  const orders = new Orders();
  const binding = await client.bind(orders);
  await until(() => orders.dead.length >= 2 && orders.seen.length >= 6);
  facts.expect('seen', 'bad/0,good/0,later/0,later/1,worse/0,worse/1', sorted(orders.seen));
  facts.expect('dead', 'bad/true,worse/true', sorted(orders.dead));
  facts.expect('events', 'deadLetter,error,retry', sorted(events));
  facts.expect('owned', '0,1,2,3', sorted(orders.owned));
  await binding.close();
  facts.expect('revoked', 0, orders.owned.size);
}

async function orderly(session: Session, facts: Facts): Promise<void> {
  const topic = session.name('steps');

  @Producer({ topic })
  class Steps {
    @Send<string>({ shardingKey: (step) => step.split('-')[0]! }) readonly step!: Sender<string>;
  }

  @Consumer({ group: session.name('g'), topic, mode: 'orderly', consumeFrom: 'first', suspendMs: 20 })
  class Fulfilment {
    readonly done: string[] = [];
    failures = 0;
    @OnMessage() on(step: string) {
      if (step === 'b-3' && this.failures < 2) {
        this.failures++;
        throw new Error('not now');
      }
      this.done.push(step);
    }
  }

  const [steps, fulfilment] = [new Steps(), new Fulfilment()];
  await (await session.client()).bind(steps, fulfilment);
  for (let i = 0; i < 8; i++) {
    for (const key of ['a', 'b', 'c']) {
      await steps.step(`${key}-${i}`);
    }
  }
  await until(() => fulfilment.done.length >= 24);
  facts.expect('failures', 2, fulfilment.failures);
  for (const key of ['a', 'b', 'c']) {
    const own = fulfilment.done.filter((step) => step.startsWith(key));
    facts.expect(key, Array.from({ length: 8 }, (_, i) => `${key}-${i}`).join(), own.join());
  }
}

/** A stream that fails is subscribed again; what was open comes again, what was acked does not. */
async function streamRestarts(session: Session, facts: Facts): Promise<void> {
  const topic = session.name('readings');

  @Consumer({ group: session.name('g'), topic, consumeFrom: 'first' })
  class Readings {
    failures = 0;
    readonly done: number[] = [];
    @OnStream({ maxInFlight: 1 })
    readings(deliveries: Observable<Delivery<number>>) {
      return deliveries.pipe(
        map((delivery) => {
          if (delivery.message.body === 3 && this.failures === 0) {
            this.failures++;
            throw new Error('the first stream breaks');
          }
          this.done.push(delivery.message.body);
          delivery.ack();
        }),
      );
    }
  }

  const readings = new Readings();
  const client = await session.client();
  for (let value = 0; value < 6; value++) {
    await client.producer().send(topic, value, { shardingKey: 'one' });
  }
  const binding = await client.bind(readings);
  await until(() => new Set(readings.done).size >= 6);
  facts.expect('failures', 1, readings.failures);
  facts.expect('done', '0,1,2,3,4,5', readings.done.join());
  await binding.close();
}
