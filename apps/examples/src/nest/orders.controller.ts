import { Body, Controller, Get, Headers, HttpCode, Post, UseGuards } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { RocketMQHealthIndicator } from '@cometmq/nest/terminus';
import { Invoices } from './invoices.js';
import type { Order } from './order.js';
import { forTenant, OrderEvents } from './order-events.js';
import { TenantGuard } from './tenant.guard.js';

@Controller()
export class OrdersController {
  constructor(
    private readonly events: OrderEvents,
    private readonly invoices: Invoices,
    private readonly health: HealthCheckService,
    private readonly rocketmq: RocketMQHealthIndicator,
  ) {}

  /** Answers when the broker has the order. */
  @Post('orders')
  @HttpCode(202)
  @UseGuards(TenantGuard)
  async create(@Body() order: Order, @Headers('x-tenant') tenant: string) {
    const { msgId } = await this.events.created(order, forTenant(tenant));
    return { msgId };
  }

  @Get('invoices')
  list() {
    return { written: this.invoices.all, refused: this.invoices.refused };
  }

  @Get('health')
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check([() => this.rocketmq.isHealthy('rocketmq', { degradedLag: 1000, maxLag: 100_000 })]);
  }
}
