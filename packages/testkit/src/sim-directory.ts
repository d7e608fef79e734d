import { type Random, randomInt } from '@cometmq/runtime';
import type { SimFileContent } from './sim-file-content.js';

/** Changes of one directory that wait to become durable; the oldest become so when there are more. */
const MAX_PENDING = 10_000;

export class SimFileNode {
  readonly kind = 'file';
  modifiedAt = 0;
  /** Names that lead to it and descriptors that are open: at zero its space is free. */
  uses = 0;

  constructor(readonly content: SimFileContent) {}
}

export type SimNode = SimFileNode | SimDirectory;

/** A set of entries that change together (a rename touches two names, perhaps in two directories). */
interface Change {
  readonly order: number;
  readonly entries: readonly {
    readonly directory: SimDirectory;
    readonly name: string;
    readonly node: SimNode | undefined;
  }[];
  durable: boolean;
}

/** A directory with its entries as programs see them and as a crash of the machine would leave them. */
export class SimDirectory {
  readonly kind = 'directory';
  modifiedAt = 0;
  readonly entries = new Map<string, SimNode>();
  readonly #durable = new Map<string, SimNode>();
  /** In order. */
  #pending: Change[] = [];

  /** Changes entries at once for programs; durably with the next sync of one of the directories. */
  static change(order: number, tracked: boolean, entries: Change['entries']): void {
    const change: Change = { order, entries, durable: false };
    for (const { directory, name, node } of entries) {
      if (node) directory.entries.set(name, node);
      else directory.entries.delete(name);
    }
    if (!tracked) return;
    for (const directory of new Set(entries.map((entry) => entry.directory))) {
      directory.#pending.push(change);
      if (directory.#pending.length > MAX_PENDING) commit(directory.#pending[0]!);
    }
  }

  /** Makes everything up to now durable. */
  sync(): void {
    const last = this.#pending.at(-1);
    if (last) commit(last);
  }

  /** Power is lost: of the changes that were not synced the first few are there, by chance how many. */
  crash(random: Random): void {
    const kept = randomInt(random, this.#pending.length + 1);
    const last = this.#pending[kept - 1];
    if (last) commit(last);
  }

  /** After every directory has had its crash: only what is durable is left. */
  forget(): void {
    this.#pending = [];
    this.entries.clear();
    for (const [name, node] of this.#durable) this.entries.set(name, node);
  }

  /** Every node that programs see or that a crash might bring back. */
  children(): SimNode[] {
    const all = new Set<SimNode>();
    for (const name of [...new Set([...this.entries.keys(), ...this.#durable.keys()])].sort()) {
      const seen = this.entries.get(name);
      const durable = this.#durable.get(name);
      if (seen) all.add(seen);
      if (durable) all.add(durable);
    }
    return [...all];
  }

  /** As a journal does: whatever came before a change in one of its directories becomes durable before it. */
  commitUpTo(order: number): void {
    while (this.#pending.length > 0 && this.#pending[0]!.order <= order) {
      const change = this.#pending.shift()!;
      if (!change.durable) commit(change);
    }
  }

  apply(name: string, node: SimNode | undefined): void {
    if (node) this.#durable.set(name, node);
    else this.#durable.delete(name);
  }
}

function commit(change: Change): void {
  if (change.durable) return;
  change.durable = true;
  for (const { directory } of change.entries) directory.commitUpTo(change.order);
  for (const { directory, name, node } of change.entries) directory.apply(name, node);
}
