import { createDelivery, type ConsumeResult, type Delivery, type HandlerContext, type MessageView } from '@cometmq/sdk';

/** One call of a handler as Nest's guards, pipes, interceptors and filters see it. */
export class HandlerCall {
  readonly delivery: Delivery;
  /** The first verdict that somebody gave through the delivery. */
  readonly settled: Promise<ConsumeResult>;
  #verdict: { readonly value: ConsumeResult } | undefined;

  constructor(
    /** The body, or the bodies of a batch. */
    readonly payload: unknown,
    /** At least one. */
    readonly messages: readonly MessageView[],
    /** False: `@Message()` gives all messages, not one. */
    readonly single: boolean,
    readonly context: HandlerContext,
  ) {
    let settle: (verdict: ConsumeResult) => void;
    this.settled = new Promise((resolve) => (settle = resolve));
    this.delivery = createDelivery(messages[0]!, context, (value) => {
      this.#verdict = { value };
      settle(value);
    });
  }

  /** What the delivery was settled with; undefined as long as it is not. */
  get verdict(): { readonly value: ConsumeResult } | undefined {
    return this.#verdict;
  }
}

/** The handler context is one object per call and the third argument of every handler: the way from Nest's contexts to the call. */
const CALLS = new WeakMap<object, HandlerCall>();

/** Makes the call findable from the arguments Nest hands around. */
export function openCall(call: HandlerCall): void {
  CALLS.set(call.context, call);
}

/** The call whose arguments these are. */
export function callOf(args: readonly unknown[]): HandlerCall | undefined {
  const context = args[2];
  return typeof context === 'object' && context !== null ? CALLS.get(context) : undefined;
}
