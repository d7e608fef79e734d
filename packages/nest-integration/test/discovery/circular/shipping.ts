import { forwardRef, Inject } from '@nestjs/common';
import { Consumer, OnMessage } from '@cometmq/sdk';
import { IMPATIENT } from '../../test-cluster.js';
import { Billing as BillingToken } from './billing.js';
import type { Billing } from './billing.js';
import type { Order } from './order.js';

@Consumer({ group: 'mb-shipping', topic: 'mb-circular', ...IMPATIENT })
export class Shipping {
  readonly shipped: string[] = [];
  constructor(@Inject(forwardRef(() => BillingToken)) private readonly billing: Billing) {}
  @OnMessage({ filter: { tags: 'shipping' } }) async ship(order: Order) {
    this.shipped.push(`${order.id} billed by ${this.billing.name}`);
  }
}
