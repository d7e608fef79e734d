import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { RocketMQModule } from '@cometmq/nest';
import { RocketMQHealthIndicator } from '@cometmq/nest/terminus';
import { Billing, RefusedOrders } from './billing.js';
import { Invoices } from './invoices.js';
import { OrderEvents } from './order-events.js';
import { OrdersController } from './orders.controller.js';

@Module({
  imports: [
    RocketMQModule.forRootAsync({
      useFactory: () => ({
        namesrv: process.env['COMETMQ_NAMESRV'] ?? '127.0.0.1:9876',
        // From the configuration, over what the decorator says.
        consumers: { 'nest-billing': { concurrency: Number(process.env['BILLING_CONCURRENCY'] ?? 16) } },
      }),
    }),
    TerminusModule,
  ],
  controllers: [OrdersController],
  providers: [OrderEvents, Invoices, Billing, RefusedOrders, RocketMQHealthIndicator],
})
export class AppModule {}
