import type { Observable } from 'rxjs';
import type { Delivery } from '../consumer/delivery.js';
import type { Subscription } from '../consumer/subscriptions.js';
import type { Codec } from '../message/codec.js';
import type { MessageView } from '../message/message-view.js';

export interface SimpleConsumerOptions {
  group: string;
  subscriptions: readonly (Subscription | string)[];
  /** How long a receive waits for messages; default 15000. */
  awaitMs?: number;
  codec?: Codec;
}

/** POP consumption (5.x): receive, then ack by receipt handle. No rebalancing on the client. Comes with version 0.2. */
export abstract class SimpleConsumer implements AsyncDisposable {
  abstract receive<T>(options?: {
    max?: number;
    invisibleMs?: number;
    signal?: AbortSignal;
  }): Promise<(MessageView<T> & { readonly receipt: string })[]>;
  abstract ack(message: { readonly receipt: string }): Promise<void>;
  /** Returns the new receipt. */
  abstract changeInvisible(message: { readonly receipt: string }, ms: number): Promise<string>;
  /** `renew` extends the invisible time while a delivery is open. */
  abstract messages<T>(options?: {
    maxInFlight?: number;
    invisibleMs?: number;
    renew?: boolean;
  }): Observable<Delivery<T>>;
  abstract close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
