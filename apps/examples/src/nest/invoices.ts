import { Injectable, type OnModuleDestroy } from '@nestjs/common';

export class UnknownCustomerError extends Error {}

export interface Invoice {
  readonly order: string;
  readonly tenant: string;
  readonly cents: number;
}

/** Stands for a database: it must not be closed as long as handlers use it. */
@Injectable()
export class Invoices implements OnModuleDestroy {
  readonly all: Invoice[] = [];
  readonly refused: string[] = [];
  #open = true;

  async write(customer: string, invoice: Invoice): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (!this.#open) throw new Error('the database is closed');
    if (customer === 'nobody') throw new UnknownCustomerError(`there is no customer ${customer}`);
    this.all.push(invoice);
  }

  onModuleDestroy(): void {
    this.#open = false;
  }
}
