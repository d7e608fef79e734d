import { withoutScheme } from './addresses.js';
import type { BrokerTable } from './broker-table.js';
import type { NameServers } from './name-servers.js';
import { StateCell } from './state-cell.js';

export interface ClientStatus {
  /**
   * `connected`: a name server answers and no broker in use is known to be lost; `degraded`: one of them is; `disconnected`:
   * no name server answers and no broker is connected.
   */
  readonly state: 'starting' | 'connected' | 'degraded' | 'disconnected' | 'closed';
  /** The one in use, `host:port`. */
  readonly namesrv?: string;
  /** Brokers of the topics in use. One without a connection is dialled when it is needed. */
  readonly brokers: readonly { readonly name: string; readonly addr: string; readonly connected: boolean }[];
}

/** Puts the status together from what the rooms of the client know. */
export class ClientStatusTracker {
  readonly cell = new StateCell<ClientStatus>({ state: 'starting', brokers: [] });
  /** Addresses whose last connection or heartbeat failed. */
  readonly #lost = new Set<string>();
  #text = '';
  #closed = false;

  constructor(
    private readonly nameServers: Pick<NameServers, 'current'>,
    private readonly brokers: Pick<BrokerTable, 'all'>,
    private readonly connected: (address: string) => boolean,
  ) {}

  /** A connection or heartbeat has succeeded or failed. */
  note(address: string, alive: boolean): void {
    if (alive) this.#lost.delete(address);
    else this.#lost.add(address);
    this.update();
  }

  update(): void {
    if (this.#closed) return;
    const brokers = [...this.brokers.all].flatMap((broker) =>
      [...broker.addresses.values()].map((address) => ({
        name: broker.name,
        addr: withoutScheme(address),
        connected: this.connected(address),
        lost: this.#lost.has(address),
      })),
    );
    const namesrv = this.nameServers.current;
    this.#set({
      state: this.#state(namesrv !== undefined, brokers),
      ...(namesrv !== undefined && { namesrv: withoutScheme(namesrv) }),
      brokers: brokers.map(({ name, addr, connected }) => ({ name, addr, connected })),
    });
  }

  close(): void {
    this.#closed = true;
    this.#set({ state: 'closed', brokers: [] });
  }

  #state(
    named: boolean,
    brokers: readonly { readonly connected: boolean; readonly lost: boolean }[],
  ): ClientStatus['state'] {
    const lost = brokers.some((broker) => broker.lost && !broker.connected);
    if (named) return lost ? 'degraded' : 'connected';
    return brokers.some((broker) => broker.connected) ? 'degraded' : 'disconnected';
  }

  #set(status: ClientStatus): void {
    const text = JSON.stringify(status);
    if (text === this.#text) return;
    this.#text = text;
    this.cell.set(status);
  }
}
