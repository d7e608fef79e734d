import { Producer, Send, type SendOptions, type Sender } from '@cometmq/sdk';
import type { Order } from './order.js';

/** What the service tells the world. Nest provides it as any other class; no @Injectable() is needed. */
@Producer({ group: 'shop', topic: 'nest-orders' })
export class OrderEvents {
  @Send<Order>({ tags: 'created', keys: (order) => order.id, shardingKey: (order) => order.customer })
  readonly created!: Sender<Order>;
}

/** The tenant travels with the message. */
export const forTenant = (tenant: string): SendOptions<Order> => ({ properties: { tenant } });
