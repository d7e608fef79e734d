import { UseFilters, UseGuards } from '@nestjs/common';
import { Message, MessageProperty, Payload } from '@cometmq/nest';
import { Consumer, type MessageView, OnDeadLetter, OnMessage } from '@cometmq/sdk';
import { Invoices } from './invoices.js';
import { Order } from './order.js';
import { TenantGuard } from './tenant.guard.js';
import { RefusalsFilter } from './refusals.filter.js';
import { UpperCasePipe } from './upper-case.pipe.js';

/** Writes an invoice per order. Guards, pipes, interceptors and filters work as on a controller. */
@Consumer({ group: 'nest-billing', topic: 'nest-orders', consumeFrom: 'first', concurrency: 8 })
@UseGuards(TenantGuard)
@UseFilters(RefusalsFilter)
export class Billing {
  constructor(private readonly invoices: Invoices) {}

  @OnMessage({ filter: { tags: 'created' } })
  async created(@Payload({ schema: Order }) order: Order, @MessageProperty('tenant', UpperCasePipe) tenant: string) {
    await this.invoices.write(order.customer, { order: order.id, tenant, cents: order.cents });
  }
}

/** In a class of its own: the guard would refuse here what it has refused there. */
@Consumer({ group: 'nest-billing' })
export class RefusedOrders {
  constructor(private readonly invoices: Invoices) {}

  @OnDeadLetter()
  refused(@Message() message: MessageView) {
    this.invoices.refused.push(message.keys.join());
  }
}
