import type { RequestDefinition, RequestHeader } from '@cometmq/protocol';
import { type Answer, RemotingError, type RequestOptions } from '@cometmq/remoting';
import { type Clock, every, type Logger, type Random, randomInt, type Timer } from '@cometmq/runtime';
import { type NamesrvAddresses, parseNamesrv, type Scheme, withoutScheme } from './addresses.js';
import { RocketMQError, toRocketMQError } from './errors.js';
import type { Invoke } from './invoke.js';
import type { RocketMQOptions } from './options.js';

/** How often a resolver is asked again (client-behaviour 1.2: the list of name servers). */
const RESOLVE_INTERVAL_MS = 120_000;

export interface NameServersPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly invoke: Invoke;
}

/**
 * The name servers: begins with one at random and stays with it until it fails, then moves on to the next. All of them hold
 * the same routes.
 */
export class NameServers {
  #addresses: readonly string[] = [];
  #scheme: Scheme = 'ws';
  #at = 0;
  #answered: string | undefined;
  #timer: Timer | undefined;

  constructor(
    private readonly source: RocketMQOptions['namesrv'],
    private readonly tls: boolean,
    private readonly ports: NameServersPorts,
  ) {}

  /** Learns the addresses. Throws INVALID_ARGUMENT for addresses that are none, NO_NAMESRV when the resolver fails. */
  async start(): Promise<void> {
    const { source } = this;
    if (typeof source !== 'function') return this.#use(parseNamesrv(source, this.tls));
    this.#use(await this.#resolve(source));
    this.#timer ??= every(this.ports.clock, RESOLVE_INTERVAL_MS, async () => this.#use(await this.#resolve(source)), {
      onError: (error) =>
        this.ports.logger.warn('asking for the name servers failed; the known ones stay in use', { error }),
    });
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#answered = undefined;
  }

  /** Scheme of all addresses: brokers are reached the same way. */
  get scheme(): Scheme {
    return this.#scheme;
  }

  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** The one that answered last, as `scheme://host:port`; undefined when the last question failed everywhere. */
  get current(): string | undefined {
    return this.#answered;
  }

  /** Asks the current one; when it cannot be reached the others in turn. Throws NO_NAMESRV when none answers. */
  async ask<D extends RequestDefinition>(
    definition: D,
    header: RequestHeader<D>,
    options?: RequestOptions,
  ): Promise<Answer<D>> {
    const addresses = this.#addresses;
    if (addresses.length === 0)
      throw new RocketMQError('NOT_STARTED', 'the client has not been started: await start() first');
    const failures: string[] = [];
    let cause: unknown;
    for (let tries = 0; tries < addresses.length; tries++) {
      const at = this.#at;
      const address = addresses[at % addresses.length]!;
      try {
        const answer = await this.ports.invoke(address, definition, header, options);
        this.#answered = address;
        return answer;
      } catch (error) {
        if (!(error instanceof RemotingError) || error.code === 'ABORTED')
          throw toRocketMQError(error, definition.name);
        failures.push(error.message);
        cause = error;
        // Another question may have moved on already.
        if (this.#at === at) this.#at = at + 1;
      }
    }
    this.#answered = undefined;
    throw new RocketMQError(
      'NO_NAMESRV',
      `no name server answers (${addresses.map(withoutScheme).join(', ')}): ${failures.join('; ')}`,
      { cause },
    );
  }

  async #resolve(source: () => Promise<readonly string[]>): Promise<NamesrvAddresses> {
    let found: readonly string[];
    try {
      found = await source();
    } catch (error) {
      throw new RocketMQError('NO_NAMESRV', 'the function given as namesrv failed to name the servers', {
        cause: error,
      });
    }
    return parseNamesrv(found, this.tls);
  }

  #use(next: NamesrvAddresses): void {
    const first = this.#addresses.length === 0;
    if (!first && next.scheme !== this.#scheme) {
      throw new RocketMQError(
        'INVALID_ARGUMENT',
        `name servers cannot move from ${this.#scheme}:// to ${next.scheme}:// while the client runs`,
      );
    }
    const current = this.#addresses[this.#at % Math.max(1, this.#addresses.length)];
    const kept = current === undefined ? -1 : next.addresses.indexOf(current);
    this.#scheme = next.scheme;
    this.#addresses = next.addresses;
    this.#at = kept >= 0 ? kept : randomInt(this.ports.random, next.addresses.length);
  }
}
