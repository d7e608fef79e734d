import type { MessageView } from '../message/message-view.js';
import type { OutgoingMessage, SendResult } from '../message/outgoing-message.js';
import type { ProducerOptions } from './producer-options.js';
import type { Producer } from './producer.js';

export type LocalTransactionState = 'commit' | 'rollback' | 'unknown';

export interface TransactionListener<T = unknown, A = unknown> {
  /** After the half message is stored. `undefined` = 'unknown': the broker will ask later. Throwing = 'unknown'. */
  executeLocal(message: OutgoingMessage<T>, arg: A): Promise<LocalTransactionState> | LocalTransactionState;
  /** The broker asks (default: every 30 s, 15 times) when it has no verdict. */
  checkLocal(message: MessageView<T>): Promise<LocalTransactionState> | LocalTransactionState;
}

export interface TransactionProducerOptions extends ProducerOptions {
  group: string;
  listener: TransactionListener;
  /** Checks answered at once; default 8. */
  checkConcurrency?: number;
}

/** Messages that become visible together with a local transaction. Comes with version 0.2. */
export interface TransactionProducer extends Producer {
  sendInTransaction<T, A = unknown>(
    message: OutgoingMessage<T>,
    arg?: A,
  ): Promise<SendResult & { readonly localState: LocalTransactionState }>;
  /** Commit when `work` resolves, roll back when it throws; checks go to `listener.checkLocal`. */
  transaction<T, R>(message: OutgoingMessage<T>, work: (sent: SendResult) => Promise<R>): Promise<R>;
}
