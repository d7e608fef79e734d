import { createDelivery, type ConsumeResult, type Delivery, type HandlerContext, type MessageView } from '@cometmq/sdk';

/** One call of a handler as Nest's guards, pipes, interceptors and filters see it. */
export class HandlerCall {
  #delivery: Delivery | undefined;
  #verdict: { readonly value: ConsumeResult } | undefined;
  #onSettled: ((value: ConsumeResult) => void) | undefined;

  constructor(
    /** The body, or the bodies of a batch. */
    readonly payload: unknown,
    /** At least one. */
    readonly messages: readonly MessageView[],
    /** False: `@Message()` gives all messages, not one. */
    readonly single: boolean,
    readonly context: HandlerContext,
  ) {}

  /** Made when it is asked for: most handlers never do. */
  get delivery(): Delivery {
    return (this.#delivery ??= createDelivery(this.messages[0]!, this.context, (value) => {
      this.#verdict = { value };
      this.#onSettled?.(value);
    }));
  }

  /** What the delivery was settled with; undefined as long as it is not. */
  get verdict(): { readonly value: ConsumeResult } | undefined {
    return this.#verdict;
  }

  /** Resolves when somebody settles the delivery. */
  settled(): Promise<ConsumeResult> {
    if (this.#verdict !== undefined) return Promise.resolve(this.#verdict.value);
    return new Promise((resolve) => (this.#onSettled = resolve));
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
