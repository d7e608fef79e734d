import type { PulledMessage } from '../assigned-queue.js';

const COMPACT_FROM = 1024;

/** Messages that wait for a handler, first in, first out. The windows of their queues bound how many there can be. */
export class MessageLine {
  #messages: PulledMessage[] = [];
  #head = 0;

  get length(): number {
    return this.#messages.length - this.#head;
  }

  push(message: PulledMessage): void {
    this.#messages.push(message);
  }

  /** Puts messages that were taken back to the front. */
  putBack(messages: readonly PulledMessage[]): void {
    this.#messages.splice(0, this.#head, ...messages);
    this.#head = 0;
  }

  /** The message at a place from the front; it stays. */
  peek(place = 0): PulledMessage | undefined {
    return this.#messages[this.#head + place];
  }

  shift(): PulledMessage | undefined {
    const message = this.#messages[this.#head];
    if (message === undefined) return undefined;
    this.#head += 1;
    if (this.#head === this.#messages.length) {
      this.#messages = [];
      this.#head = 0;
    } else if (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
    return message;
  }

  /** Takes everything. */
  takeAll(): PulledMessage[] {
    const all = this.#messages.slice(this.#head);
    this.#messages = [];
    this.#head = 0;
    return all;
  }
}
