import { forwardRef, Inject } from '@nestjs/common';
import { Consumer, OnMessage } from '@cometmq/sdk';
import { Payload } from '../../../src/index.js';
import { IMPATIENT } from '../../test-cluster.js';
import type { Order } from './order.js';
import { Shipping as ShippingToken } from './shipping.js';
// In a signature that is decorated the class would be needed before it is there; its type is not.
import type { Shipping } from './shipping.js';

@Consumer({ group: 'mb-billing', topic: 'mb-circular', ...IMPATIENT })
export class Billing {
  readonly name = 'Billing';
  constructor(@Inject(forwardRef(() => ShippingToken)) private readonly shipping: Shipping) {}
  // An interface by `import type`: it leaves nothing behind that the compiler could name.
  @OnMessage({ filter: { tags: 'billing' } }) async bill(@Payload() order: Order) {
    await this.shipping.ship(order);
  }
}
