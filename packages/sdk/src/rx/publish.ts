import { rxjs } from '#rxjs';
import type { Clock, Timer } from '@cometmq/runtime';
import type { OperatorFunction } from 'rxjs';
import type { SendResult } from '../message/outgoing-message.js';

export interface PublishPlan<T> {
  readonly clock: Clock;
  /** Requests without an answer at most. */
  readonly concurrency: number;
  readonly batch: { readonly size: number; readonly lingerMs: number } | undefined;
  /** Sends the bodies in one request; one result each. */
  readonly send: (bodies: readonly T[]) => Promise<readonly SendResult[]>;
}

/**
 * Sends what comes, at most `concurrency` requests at a time, and emits the results in the order of the bodies. The first
 * failure is the stream's error. What comes while all places are taken waits: a source that can be slowed (an iterable by
 * `from`, a `Delivery` stream) should be.
 */
export function publishOperator<T>(plan: PublishPlan<T>): OperatorFunction<T, SendResult> {
  const { Observable } = rxjs();
  return (source) =>
    new Observable<SendResult>((subscriber) => {
      const run = new PublishRun(plan, {
        next: (result) => subscriber.next(result),
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
      subscriber.add(() => run.stop());
      subscriber.add(
        source.subscribe({
          next: (body) => run.push(body),
          error: (error) => run.stop(error as Error),
          complete: () => run.end(),
        }),
      );
    });
}

interface Sink {
  next(result: SendResult): void;
  error(error: unknown): void;
  complete(): void;
}

/** One subscription: bodies that wait, requests under way, results that wait for earlier ones. */
class PublishRun<T> {
  #waiting: (readonly T[])[] = [];
  #gathering: T[] = [];
  #linger: Timer | undefined;
  #active = 0;
  #sent = 0;
  #emitted = 0;
  readonly #results = new Map<number, readonly SendResult[]>();
  #state: 'open' | 'ended' | 'stopped' = 'open';

  constructor(
    private readonly plan: PublishPlan<T>,
    private readonly sink: Sink,
  ) {}

  push(body: T): void {
    if (this.#state !== 'open') return;
    const { batch } = this.plan;
    if (batch === undefined) {
      this.#waiting.push([body]);
      return this.#pump();
    }
    this.#gathering.push(body);
    if (this.#gathering.length >= batch.size) return this.#closeBatch();
    this.#linger ??= this.plan.clock.schedule(batch.lingerMs, () => this.#closeBatch());
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    this.#closeBatch();
  }

  stop(error?: Error): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#linger?.cancel();
    this.#waiting = [];
    this.#gathering = [];
    if (error !== undefined) this.sink.error(error);
  }

  #closeBatch(): void {
    this.#linger?.cancel();
    this.#linger = undefined;
    if (this.#gathering.length > 0) this.#waiting.push(this.#gathering);
    this.#gathering = [];
    this.#pump();
  }

  #pump(): void {
    while (this.#active < this.plan.concurrency && this.#waiting.length > 0) {
      const bodies = this.#waiting.shift()!;
      const number = this.#sent++;
      this.#active++;
      this.#send(bodies).then(
        (results) => this.#done(number, results),
        (error: unknown) => this.stop(error instanceof Error ? error : new Error(String(error))),
      );
    }
    if (this.#state === 'ended' && this.#active === 0 && this.#waiting.length === 0) {
      this.#state = 'stopped';
      this.sink.complete();
    }
  }

  async #send(bodies: readonly T[]): Promise<readonly SendResult[]> {
    return this.plan.send(bodies);
  }

  #done(number: number, results: readonly SendResult[]): void {
    this.#active--;
    this.#results.set(number, results);
    for (;;) {
      const next = this.#results.get(this.#emitted);
      if (next === undefined || this.#state === 'stopped') break;
      this.#results.delete(this.#emitted++);
      for (const result of next) this.sink.next(result);
    }
    this.#pump();
  }
}
