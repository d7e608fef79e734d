import type { TransactionListener as TransactionListenerInterface } from '../producer/transaction-producer.js';
import { ownMetadata, type TransactionListenerMetadata } from './metadata.js';

export interface TransactionListener<T = unknown, A = unknown> extends TransactionListenerInterface<T, A> {}

/** Class with `executeLocal` and `checkLocal`: the listener of a transaction producer group. */
export function TransactionListener(
  options: TransactionListenerMetadata,
): <C extends new (...args: never[]) => TransactionListenerInterface<never, never>>(cls: C) => void {
  return (cls) => {
    ownMetadata(cls).transactionListener = options;
  };
}
