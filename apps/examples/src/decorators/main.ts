// Classes with decorators, without any framework. `npm run example -- decorators`
import 'reflect-metadata';
import {
  Consumer,
  OnDeadLetter,
  OnMessage,
  type MessageView,
  Producer,
  RejectMessageError,
  RocketMQ,
  Send,
  type Sender,
  SendTo,
} from '@cometmq/sdk';
import { until, withServer } from '../example-server.js';

interface Order {
  readonly id: string;
  readonly total: number;
}

@Producer({ group: 'shop', topic: 'orders' })
class OrderEvents {
  @Send<Order>({ tags: 'created', keys: (order) => order.id, shardingKey: (order) => order.id })
  readonly created!: Sender<Order>;
}

@Consumer({ group: 'invoicing', topic: 'orders', consumeFrom: 'first' })
class Invoicing {
  readonly refused: string[] = [];

  @OnMessage({ filter: { tags: ['created'] } })
  @SendTo('invoices')
  invoice(order: Order) {
    if (order.total < 0) throw new RejectMessageError('an order cannot cost less than nothing');
    return { order: order.id, amount: order.total };
  }

  @OnDeadLetter()
  dead(order: Order) {
    console.log(`order ${order.id} went to the dead letters`);
    this.refused.push(order.id);
  }
}

@Consumer({ group: 'mail', topic: 'invoices', consumeFrom: 'first' })
class Mail {
  readonly sent: string[] = [];

  @OnMessage()
  send(invoice: { order: string; amount: number }, message: MessageView) {
    console.log(`invoice over ${invoice.amount} for order ${invoice.order}, message ${message.msgId}`);
    this.sent.push(invoice.order);
  }
}

await withServer(async (namesrv) => {
  await using mq = await RocketMQ.connect({ namesrv });
  const events = new OrderEvents();
  const invoicing = new Invoicing();
  const mail = new Mail();
  await using _binding = await mq.bind(events, invoicing, mail);
  await events.created({ id: 'a', total: 5 });
  await events.created({ id: 'b', total: -1 });
  await events.created({ id: 'c', total: 7 });
  await until(
    'two invoices are mailed and one order is refused',
    () => mail.sent.length === 2 && invoicing.refused.length === 1,
  );
});
