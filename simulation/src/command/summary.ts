import type { FaultKind } from '../faults/fault.js';
import type { RunResult } from '../simulate.js';

const HOUR_MS = 3_600_000;

/** Adds up runs. */
export class Summary {
  #runs = 0;
  #virtualMs = 0;
  #realMs = 0;
  #sent = 0;
  #acknowledged = 0;
  #deliveries = 0;
  #repeats = 0;
  readonly #faults = new Map<FaultKind, number>();

  add(result: RunResult, realMs: number): void {
    this.#runs += 1;
    this.#virtualMs += result.virtualMs;
    this.#realMs += realMs;
    this.#sent += result.sent;
    this.#acknowledged += result.acknowledged;
    this.#deliveries += result.deliveries;
    this.#repeats += result.repeats;
    for (const { fault } of result.faults) this.#faults.set(fault.kind, (this.#faults.get(fault.kind) ?? 0) + 1);
  }

  lines(): string[] {
    const faults = [...this.#faults].sort(([one], [two]) => (one < two ? -1 : 1));
    const count = faults.reduce((sum, [, times]) => sum + times, 0);
    const speed = this.#realMs === 0 ? 0 : this.#virtualMs / this.#realMs;
    return [
      `${this.#runs} runs, ${(this.#virtualMs / HOUR_MS).toFixed(1)} simulated hours in ${(this.#realMs / 1000).toFixed(0)} s: ${speed.toFixed(0)} times real time`,
      `${count} faults: ${faults.map(([kind, times]) => `${times} ${kind}`).join(', ')}`,
      `${this.#sent} messages sent, ${this.#acknowledged} acknowledged, ${this.#deliveries} deliveries, ${this.#repeats} of them repeats`,
    ];
  }
}
