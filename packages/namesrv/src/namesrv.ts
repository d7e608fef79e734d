import { notifyMinBrokerIdChange, type RequestHeader } from '@cometmq/protocol';
import { type Processor, RemotingClient } from '@cometmq/remoting';
import { CloseStack, type Lifecycle, type Meter, type Ports, type Timer } from '@cometmq/runtime';
import { NamesrvConfiguration } from './configuration/namesrv-configuration.js';
import type { NameServerOptions } from './configuration/namesrv-options.js';
import { KvConfig } from './kv/kv-config.js';
import { registerNamesrvGauges } from './namesrv-gauges.js';
import type { NamesrvContext } from './processors/context.js';
import { removeLive } from './processors/registration.js';
import { namesrvProcessors } from './processors/table.js';
import type { MinBrokerIdChange } from './routes/broker-registration.js';
import { RouteBook } from './routes/route-book.js';

export type NameServerPorts = Pick<Ports, 'clock' | 'disk' | 'codecs' | 'logger' | 'random'> & {
  /** `tcp` reaches brokers that have to be told of a change in their group. */
  readonly dialers?: Ports['dialers'];
  readonly meter?: Meter;
};

/** How long telling a broker of a change may take, as in Apache's. */
const ANNOUNCE_TIMEOUT_MS = 300;

/**
 * Knows which brokers have which topics. It does not listen: `processors` go behind a RemotingServer, together with those
 * of a broker when both share a process.
 */
export class NameServer implements Lifecycle {
  readonly processors: readonly Processor[];
  readonly #context: NamesrvContext;
  readonly #client: RemotingClient;
  readonly #closing: CloseStack;
  #startedAt = Number.POSITIVE_INFINITY;
  #scan: Timer | undefined;

  /** Throws OptionsError for an option outside its range. */
  constructor(
    options: NameServerOptions,
    private readonly ports: NameServerPorts,
  ) {
    const configuration = new NamesrvConfiguration(options, ports);
    const { settings } = configuration;
    const book = new RouteBook(ports.clock, settings);
    this.#closing = new CloseStack(ports.logger);
    this.#client = new RemotingClient(
      { name: 'namesrv', defaultKind: 'tcp' },
      { clock: ports.clock, random: ports.random, logger: ports.logger, dialers: ports.dialers ?? {} },
    );
    this.#context = {
      book,
      configuration,
      kv: new KvConfig(settings.kvConfigPath, ports),
      clock: ports.clock,
      codecs: ports.codecs,
      logger: ports.logger,
      readyAt: () => this.#startedAt + configuration.settings.waitSecondsForService * 1000,
      announce: (change) => this.#announce(change),
    };
    this.processors = namesrvProcessors(this.#context);
    if (ports.meter) registerNamesrvGauges(ports.meter, book);
  }

  /** Reads settings and values from the disk. Throws when a file is damaged. */
  async start(): Promise<void> {
    this.#context.configuration.load();
    this.#context.kv.load();
    this.#startedAt = this.ports.clock.monotonic();
    await this.#closing.start('client for brokers', this.#client);
    this.#planScan();
    this.#closing.push('scan for silent brokers', () => this.#scan?.cancel());
  }

  close(): Promise<void> {
    return this.#closing.close();
  }

  #planScan(): void {
    const { scanNotActiveBrokerInterval } = this.#context.configuration.settings;
    const scan = () => {
      this.#dropSilent();
      this.#planScan();
    };
    this.#scan = this.ports.clock.schedule(scanNotActiveBrokerInterval, scan, { background: true });
  }

  #dropSilent(): void {
    const silent = this.#context.book.liveness.silent();
    if (silent.length === 0) return;
    for (const { address, timeoutMs } of silent)
      this.ports.logger.warn('a broker has gone silent', { address, timeoutMs });
    removeLive(this.#context, silent);
    // A broker that is alive after all connects again and registers anew.
    for (const { connection } of silent) connection.close();
  }

  #announce({ group, offlineAddr, haServerAddr }: MinBrokerIdChange): void {
    if (!this.#context.configuration.settings.notifyMinBrokerIdChanged) return;
    const minBrokerId = Math.min(...group.addresses.keys());
    const header = {
      minBrokerId,
      minBrokerAddr: group.addresses.get(minBrokerId),
      offlineBrokerAddr: offlineAddr,
      haBrokerAddr: haServerAddr,
    };
    for (const [brokerId, address] of group.addresses) {
      // The new one at the head of a group knows; the others want to.
      if (offlineAddr === undefined && group.addresses.size > 1 && brokerId === minBrokerId) continue;
      void this.#tell(group.cluster, address, header);
    }
  }

  /** A broker that is known by its connection is told over it; Apache's brokers expect to be dialled. */
  async #tell(cluster: string, address: string, header: RequestHeader<typeof notifyMinBrokerIdChange>): Promise<void> {
    const live = this.#context.book.liveness.get(cluster, address);
    try {
      if (live?.seen !== undefined) live.connection.oneway(notifyMinBrokerIdChange, header);
      else await this.#client.oneway(address, notifyMinBrokerIdChange, header, { timeoutMs: ANNOUNCE_TIMEOUT_MS });
    } catch (error) {
      this.ports.logger.warn('a broker could not be told who leads its group', { address, error });
    }
  }
}
