import {
  type Acceptor,
  type AcceptOptions,
  type Clock,
  type Dialer,
  type DialOptions,
  formatAddress,
  type HostPort,
  type Listener,
  type Random,
  TransportError,
  type TransportErrorCode,
} from '@cometmq/runtime';
import { SimChannel } from './sim-channel.js';
import { SimFlow } from './sim-flow.js';
import { after, IDEAL_LINK, type LinkOptions, SimLink } from './sim-link.js';

export interface SimNetworkOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Of every link that `setLink` does not change. Default: no latency, no jitter, no limit. */
  readonly link?: Partial<LinkOptions>;
  /** Bytes a connection takes in before its sender has to keep them. Default 256 KiB. */
  readonly windowBytes?: number;
  /** Cuts and joins what arrives by chance, as TCP does. Default false. */
  readonly reslice?: boolean;
  /** Hears of everything that happens to connections: the trace of a simulation. */
  readonly onEvent?: (event: NetworkEvent) => void;
  /** Sees all bytes as they arrive; they must not be changed. Two runs of one seed see the same. */
  readonly onBytes?: (bytes: Uint8Array) => void;
}

export interface NetworkEvent {
  readonly kind: 'connect' | 'refuse' | 'reset' | 'cut' | 'heal' | 'crash';
  readonly from: string;
  readonly to: string;
}

/** What a simulated host has of the network. */
export interface SimNetworkHost {
  readonly acceptor: Acceptor;
  readonly dialer: Dialer;
}

interface Host {
  up: boolean;
  refusing: boolean;
  nextPort: number;
  readonly listeners: Map<number, AcceptOptions>;
}

interface Connection {
  readonly client: SimChannel;
  readonly server: SimChannel;
  readonly hosts: readonly [string, string];
  /** Ends that have neither closed nor died. */
  openEnds: number;
  gone: boolean;
}

const FIRST_FREE_PORT = 40_000;
const OWN_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1', '0.0.0.0', '::']);
/** As TCP asks again when nobody answers. */
const ASK_AGAIN_MS = 1_000;

/** Hosts and the connections between them, all of it decided by the clock and the seed of `random`. */
export class SimNetwork {
  readonly #hosts = new Map<string, Host>();
  readonly #links = new Map<string, SimLink>();
  readonly #connections = new Set<Connection>();
  readonly #link: LinkOptions;

  constructor(private readonly options: SimNetworkOptions) {
    this.#link = { ...IDEAL_LINK, ...options.link };
  }

  /** Connections that are open at one end at least. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** A host of this name comes up (again): empty, without listeners. Other hosts dial it by its name. */
  host(name: string): SimNetworkHost {
    const nextPort = this.#hosts.get(name)?.nextPort ?? FIRST_FREE_PORT;
    const host: Host = { up: true, refusing: false, nextPort, listeners: new Map() };
    this.#hosts.set(name, host);
    for (const { client, hosts, server } of this.#connections) {
      if (hosts[0] === name) client.hostCameBack();
      if (hosts[1] === name) server.hostCameBack();
    }
    return {
      acceptor: { listen: (address, accept) => this.#listen(host, address, accept) },
      dialer: { kind: 'memory', connect: (address, dial) => this.#dial(name, host, address, dial) },
    };
  }

  /** Changes how bytes travel from one host to another, from the next ones on. */
  setLink(from: string, to: string, options: Partial<LinkOptions>): void {
    const link = this.#linkBetween(from, to);
    link.options = { ...link.options, ...options };
  }

  /** Nothing arrives in this one direction until it is healed; what is sent meanwhile waits, as TCP repeats it. */
  cut(from: string, to: string): void {
    this.#linkBetween(from, to).cutOff();
    this.#event('cut', from, to);
  }

  heal(from: string, to: string): void {
    this.#linkBetween(from, to).heal();
    this.#event('heal', from, to);
  }

  healAll(): void {
    for (const link of this.#links.values()) if (link.cut) this.heal(link.from, link.to);
  }

  /** New connections to a host are refused, or taken again. */
  refuse(name: string, refusing = true): void {
    const host = this.#hosts.get(name);
    if (host) host.refusing = refusing;
  }

  /** Every connection between two hosts ends with a reset at both ends. */
  reset(one: string, two: string): void {
    for (const connection of this.#connections) {
      const { hosts } = connection;
      if (!hosts.includes(one) || !hosts.includes(two)) continue;
      this.#remove(connection);
      this.#event('reset', one, two);
      this.options.clock.afterTurn(() => connection.client.reset());
      this.options.clock.afterTurn(() => connection.server.reset());
    }
  }

  /**
   * The host is gone. After `process` its operating system resets its connections; after `power` the other ends hear
   * nothing (half-open connections) until they send to it and it is up again.
   */
  crash(name: string, how: 'process' | 'power'): void {
    const host = this.#hosts.get(name);
    if (!host) return;
    host.up = false;
    host.listeners.clear();
    this.#event('crash', name, name);
    for (const connection of this.#connections) {
      const { client, hosts, server } = connection;
      const lost = [hosts[0] === name ? client : undefined, hosts[1] === name ? server : undefined];
      for (const end of lost) if (end) this.#die(connection, end, how);
    }
  }

  #die(connection: Connection, end: SimChannel, how: 'process' | 'power'): void {
    end.die();
    if (!end.dead) return;
    if (--connection.openEnds === 0) this.#remove(connection);
    else if (how === 'process') this.#resetOther(connection, end);
  }

  #listen(host: Host, address: HostPort, options: AcceptOptions): Promise<Listener> {
    const port = address.port === 0 ? host.nextPort++ : address.port;
    if (host.listeners.has(port)) {
      const where = formatAddress(address);
      return Promise.reject(new TransportError('ADDRESS_IN_USE', `listening on ${where} failed: the port is taken`));
    }
    host.listeners.set(port, options);
    return Promise.resolve({
      address: { host: address.host, port },
      close: () => {
        if (host.listeners.get(port) === options) host.listeners.delete(port);
        return Promise.resolve();
      },
    });
  }

  #dial(from: string, own: Host, address: HostPort, dial: DialOptions): Promise<SimChannel> {
    const { clock } = this.options;
    const to = OWN_NAMES.has(address.host) ? from : address.host;
    const where = formatAddress(address);
    return new Promise((resolve, reject) => {
      let settled = false;
      const settle = (): boolean => {
        if (settled) return false;
        settled = true;
        timer.cancel();
        dial.signal?.removeEventListener('abort', onAbort);
        // A crashed program is told nothing.
        return own.up;
      };
      const fail = (code: TransportErrorCode, why: string) => {
        if (settle()) reject(new TransportError(code, `connecting to ${where} failed: ${why}`));
      };
      const onAbort = () => fail('CLOSED', 'given up by the caller');
      const timer = clock.schedule(dial.timeoutMs, () => fail('TIMEOUT', `no answer in ${dial.timeoutMs} ms`));
      if (dial.signal?.aborted) return onAbort();
      dial.signal?.addEventListener('abort', onAbort, { once: true });
      this.#ask(
        from,
        to,
        address.port,
        () => settled,
        (answer) => {
          if (answer === 'unknown') return fail('UNREACHABLE', 'the host name is not known');
          if (answer === 'refused') {
            this.#event('refuse', from, to);
            return fail('REFUSED', 'nothing listens there');
          }
          if (settle()) resolve(this.#open(from, to, own, address, answer));
        },
      );
    });
  }

  /** Asks a host for a connection, again and again while no answer comes back. */
  #ask(
    from: string,
    to: string,
    port: number,
    settled: () => boolean,
    answered: (answer: AcceptOptions | 'refused' | 'unknown') => void,
  ): void {
    const { clock, random } = this.options;
    if (settled()) return;
    const there = this.#linkBetween(from, to);
    const back = this.#linkBetween(to, from);
    const host = this.#hosts.get(to);
    if (!host) return after(clock, there.delayMs(random, 0), () => answered('unknown'));
    const askAgain = () => void clock.schedule(ASK_AGAIN_MS, () => this.#ask(from, to, port, settled, answered));
    if (there.cut) return askAgain();
    after(clock, there.delayMs(random, 0), () => {
      const now = this.#hosts.get(to)!;
      if (!now.up || back.cut) return askAgain();
      const listener = now.refusing ? undefined : now.listeners.get(port);
      after(clock, back.delayMs(random, 0), () => answered(listener ?? 'refused'));
    });
  }

  #open(from: string, to: string, own: Host, address: HostPort, accepting: AcceptOptions): SimChannel {
    const { clock } = this.options;
    const near: HostPort = { host: from, port: own.nextPort++ };
    const far: HostPort = { host: to, port: address.port };
    const end = (local: HostPort, remote: HostPort, more: { dialed?: HostPort; onOpened?: () => void }): SimChannel => {
      const channel: SimChannel = new SimChannel({
        clock,
        local,
        remote,
        onGone: (how) => this.#gone(connection, channel, how),
        hostIsUp: () => this.#hosts.get(local.host)?.up === true,
        ...more,
      });
      return channel;
    };
    const onOpened = () => this.#accept(connection, accepting, to, address.port);
    const connection: Connection = {
      hosts: [from, to],
      openEnds: 2,
      gone: false,
      client: end(near, far, {}),
      server: end(far, near, { dialed: address, onOpened }),
    };
    const { client, server } = connection;
    const forth = this.#flow(from, to, client, server);
    const back = this.#flow(to, from, server, client);
    client.connect(forth, back);
    server.connect(back, forth);
    this.#connections.add(connection);
    this.#event('connect', from, to);
    forth.send({ kind: 'open' });
    return client;
  }

  #flow(from: string, to: string, sender: SimChannel, receiver: SimChannel): SimFlow {
    const { clock, onBytes, random, reslice, windowBytes } = this.options;
    return new SimFlow(
      {
        clock,
        random,
        link: this.#linkBetween(from, to),
        windowBytes: windowBytes ?? 256 * 1024,
        reslice: reslice ?? false,
        onTaken: () => sender.taken(),
        ...(onBytes === undefined ? {} : { onBytes }),
      },
      receiver,
    );
  }

  #accept(connection: Connection, accepting: AcceptOptions, name: string, port: number): void {
    if (this.#hosts.get(name)?.listeners.get(port) !== accepting) return connection.server.destroy();
    try {
      accepting.accept(connection.server);
    } catch (error) {
      connection.server.destroy(error as Error);
    }
  }

  #gone(connection: Connection, end: SimChannel, how: 'closed' | 'reset'): void {
    if (how === 'reset') return this.#resetOther(connection, end);
    if (--connection.openEnds === 0) this.#remove(connection);
  }

  #resetOther(connection: Connection, end: SimChannel): void {
    if (connection.gone) return;
    this.#remove(connection);
    const [from, to] = end === connection.client ? connection.hosts : [connection.hosts[1], connection.hosts[0]];
    const other = end === connection.client ? connection.server : connection.client;
    this.#event('reset', from, to);
    const link = this.#linkBetween(from, to);
    const travel = () => after(this.options.clock, link.delayMs(this.options.random, 0), () => other.reset());
    if (link.cut) link.whenHealed(travel);
    else travel();
  }

  #remove(connection: Connection): void {
    connection.gone = true;
    this.#connections.delete(connection);
  }

  #linkBetween(from: string, to: string): SimLink {
    const key = `${from}\u0000${to}`;
    let link = this.#links.get(key);
    if (!link) {
      link = new SimLink(from, to);
      link.options = this.#link;
      this.#links.set(key, link);
    }
    return link;
  }

  #event(kind: NetworkEvent['kind'], from: string, to: string): void {
    this.options.onEvent?.({ kind, from, to });
  }
}
