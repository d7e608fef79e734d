import { heartBeat, heartbeatData, type HeartbeatData, ResponseCode, unregisterClient } from '@cometmq/protocol';
import { type Clock, every, type Logger, type Timer } from '@cometmq/runtime';
import type { BrokerTable } from './broker-table.js';
import type { Invoke } from './invoke.js';
import type { Members } from './members.js';

export interface HeartbeatsPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly invoke: Invoke;
}

export interface HeartbeatsOptions {
  readonly clientId: string;
  /** Default 30000. */
  readonly intervalMs?: number | undefined;
  readonly timeoutMs: number;
}

/** The first regular one (client-behaviour 1.2). */
const FIRST_MS = 1000;

/**
 * Tells the brokers who is here: producers to the masters, consumers to every replica. Every 30 s, and at once when
 * something has changed; what comes while a round is under way shares the next one.
 */
export class Heartbeats {
  #timer: Timer | undefined;
  #round: Promise<void> | undefined;
  #again: Promise<void> | undefined;

  constructor(
    private readonly members: Members,
    private readonly brokers: BrokerTable,
    private readonly options: HeartbeatsOptions,
    private readonly ports: HeartbeatsPorts,
    /** Outcome of each: the status is made of it. */
    private readonly outcome: (address: string, failure: unknown) => void,
  ) {}

  start(before: () => void): void {
    const round = async () => {
      before();
      await this.toAll();
    };
    this.#timer ??= every(this.ports.clock, this.options.intervalMs ?? 30_000, round, {
      firstMs: Math.min(FIRST_MS, this.options.intervalMs ?? FIRST_MS),
      onError: (error) => this.ports.logger.warn('a round of heartbeats failed', { error }),
    });
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** To every broker known. Resolves when all have answered or failed; a round that begins after this call counts. Never throws. */
  toAll(): Promise<void> {
    if (this.#round === undefined) {
      this.#round = this.#sendAll().finally(() => {
        this.#round = undefined;
      });
      return this.#round;
    }
    this.#again ??= this.#round.then(() => {
      this.#again = undefined;
      return this.toAll();
    });
    return this.#again;
  }

  /** To one address, e.g. over a connection that is new. Never throws. */
  async toOne(address: string): Promise<void> {
    if (this.members.empty) return;
    try {
      const body = heartbeatData.encode(this.#data());
      const answer = await this.ports.invoke(address, heartBeat, {}, { body, timeoutMs: this.options.timeoutMs });
      if (answer.code === ResponseCode.SUCCESS) this.brokers.noteVersion(address, answer.version);
      else
        this.ports.logger.warn('a broker refused the heartbeat', {
          broker: address,
          code: answer.code,
          remark: answer.remark,
        });
      this.outcome(address, undefined);
    } catch (error) {
      this.ports.logger.warn('a heartbeat failed', { broker: address, error });
      this.outcome(address, error);
    }
  }

  /** Takes a group off all brokers, so that the other members need not wait for the connection to end. Never throws. */
  async unregister(groups: { readonly producerGroup?: string; readonly consumerGroup?: string }): Promise<void> {
    const header = { clientID: this.options.clientId, ...groups };
    await Promise.all(
      this.#addresses(true).map(async (address) => {
        try {
          await this.ports.invoke(address, unregisterClient, header, { timeoutMs: this.options.timeoutMs });
        } catch (error) {
          this.ports.logger.debug('a broker did not hear that a group left', { broker: address, ...groups, error });
        }
      }),
    );
  }

  async #sendAll(): Promise<void> {
    await Promise.all(this.#addresses(this.members.consumers.length > 0).map((address) => this.toOne(address)));
  }

  /** Producers need only the masters (requests.md 34). */
  #addresses(slaves: boolean): string[] {
    const addresses = new Set<string>();
    for (const broker of this.brokers.all) {
      for (const [id, address] of broker.addresses) if (id === 0 || slaves) addresses.add(address);
    }
    return [...addresses];
  }

  #data(): HeartbeatData {
    return {
      clientID: this.options.clientId,
      producerDataSet: this.members.producerGroups.map((groupName) => ({ groupName })),
      consumerDataSet: this.members.consumers.map((consumer) => consumer.consumerData()),
      heartbeatFingerprint: 0,
      withoutSub: false,
    };
  }
}
