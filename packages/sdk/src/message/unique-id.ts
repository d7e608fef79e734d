import type { Clock } from '@cometmq/runtime';

/** What makes the ids of one process differ from those of all others. */
export interface ProcessIdentity {
  /** This machine's address as 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly pid: number;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'));

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

function hex16(value: number): string {
  return HEX[(value >>> 8) & 0xff]! + HEX[value & 0xff]!;
}

function hex32(value: number): string {
  return hex16(value >>> 16) + hex16(value);
}

/**
 * Makes client message ids (UNIQ_KEY) in Apache's form (remoting-protocol 8.2): address, pid, a number of this maker
 * (where Java has the class loader's hash), ms since the month began, counter. Unique as long as fewer than 65 536 are made
 * per millisecond.
 */
export class UniqueIds {
  readonly #prefix: string;
  #monthStart = 0;
  #monthEnd = 0;
  #millisecond = -1;
  #stem = '';
  #counter: number;

  constructor(
    private readonly clock: Clock,
    identity: ProcessIdentity,
    /** 32 bits. */
    maker: number,
  ) {
    this.#prefix = hex(identity.address) + hex16(identity.pid) + hex32(maker);
    this.#counter = 0;
  }

  next(): string {
    const now = this.clock.now();
    if (now !== this.#millisecond) this.#turn(now);
    this.#counter = (this.#counter + 1) & 0xffff;
    return this.#stem + hex16(this.#counter);
  }

  #turn(now: number): void {
    if (now < this.#monthStart || now >= this.#monthEnd) {
      // The month of the local time zone, as Java's Calendar has it: tools read the time of sending from the id.
      const date = new Date(now);
      this.#monthStart = new Date(date.getFullYear(), date.getMonth(), 1).getTime();
      this.#monthEnd = new Date(date.getFullYear(), date.getMonth() + 1, 1).getTime();
    }
    this.#millisecond = now;
    this.#stem = this.#prefix + hex32(now - this.#monthStart);
  }
}
