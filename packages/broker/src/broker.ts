import {
  addressBytes,
  consumerOffsetFile,
  delayOffsetSerializeWrapper,
  hostBytes,
  parseDelayLevels,
  type RequestDefinition,
  ResponseCode,
  subscriptionGroupWrapper,
  topicConfigSerializeWrapper,
  uniqueIdGenerator,
} from '@cometmq/protocol';
import { type AdmissionOptions, type Processor, RemotingClient, type Reply } from '@cometmq/remoting';
import { CloseStack, every, formatAddress, type Lifecycle, type Meter, type Ports, randomInt } from '@cometmq/runtime';
import {
  type MessageStore,
  openMessageStore,
  type ResolvedStoreOptions,
  resolveStoreOptions,
  storeOptions,
  type StoreStatus,
} from '@cometmq/store';
import { BrokerConfiguration } from './broker-configuration.js';
import { type BrokerOptions, resolveBrokerSettings } from './broker-options.js';
import type { BrokerSettings } from './broker-settings.js';
import { ClientRegistry } from './clients/client-registry.js';
import { MemberNotifier } from './clients/member-notifier.js';
import { DelayDelivery } from './delay/delay-delivery.js';
import { DelayOffsets } from './delay/delay-offsets.js';
import { GroupTable } from './groups/group-table.js';
import { HeldPulls } from './long-polling/held-pulls.js';
import { ConfigFile, type ConfigText } from './metadata/config-file.js';
import { BrokerCounters } from './metrics/broker-counters.js';
import { registerBrokerGauges } from './metrics/broker-gauges.js';
import { BrokerRates } from './metrics/broker-rates.js';
import { ConsumerOffsets } from './offsets/consumer-offsets.js';
import type { BrokerParts } from './processors/broker-parts.js';
import { requestFamilies } from './processors/request-families.js';
import { brokerProcessors } from './processors/table.js';
import { QueueLocks } from './queue-lock/queue-locks.js';
import {
  ADDRESS_MODE_CONNECTION,
  NameServerRegistration,
  type RegistrationState,
} from './registration/name-server-registration.js';
import { offsetMessageIds } from './metadata/offset-message-ids.js';
import { builtInTopics, localSystemTopics } from './topics/built-in-topics.js';
import { TopicTable } from './topics/topic-table.js';

export type BrokerPorts = Pick<Ports, 'clock' | 'random' | 'disk' | 'codecs' | 'logger' | 'dialers'> & {
  readonly meter?: Meter | undefined;
};

export type BrokerPhase = 'new' | 'starting' | 'open' | 'closing' | 'closed';

/** How a broker is. */
export interface BrokerHealth {
  readonly phase: BrokerPhase;
  /** Undefined while the store is not open. */
  readonly store: StoreStatus | undefined;
  /** By name server. */
  readonly registrations: ReadonlyMap<string, RegistrationState>;
  readonly heldPulls: number;
  readonly clientConnections: number;
}

/** ms between looks for clients whose heartbeats stay away, and for expired locks. */
const HOUSEKEEPING_MS = 10_000;
const LOOPBACK = '127.0.0.1';

/**
 * A broker: its `processors` answer requests, whoever listens hands them to a RemotingServer. `start` opens the store and
 * registers; until then, and from `close` on, every request is answered SERVICE_NOT_AVAILABLE. Listen first, then start:
 * a registered broker should be reachable.
 */
export class Broker implements Lifecycle {
  readonly processors: readonly Processor[];
  /** The bounds on work in progress that go with the processors. */
  readonly admission: AdmissionOptions = requestFamilies;
  readonly #parts: BrokerParts;
  readonly #client: RemotingClient;
  readonly #registration: NameServerRegistration;
  readonly #closing: CloseStack;
  readonly #storeDirectory: string;
  readonly #configDirectory: string;
  #phase: BrokerPhase = 'new';

  /** Throws OptionsError. */
  constructor(
    options: BrokerOptions,
    private readonly ports: BrokerPorts,
  ) {
    const settings = resolveBrokerSettings(options);
    const { logger } = ports;
    this.#closing = new CloseStack(logger);
    this.#storeDirectory = options.storePathRootDir;
    this.#configDirectory = `${options.storePathRootDir}/config`;
    const storeHost = hostBytes(
      addressBytes(settings.brokerIP1) === undefined ? LOOPBACK : settings.brokerIP1,
      settings.listenPort,
    );
    const stored = resolveStoreOptions({
      ...options.store,
      storePathRootDir: options.storePathRootDir,
      storeHost,
      messageDelayLevel: settings.messageDelayLevel,
      // The broker checks its own limit, which requests change; what was taken once can always be stored again.
      maxMessageSize: storeOptions.maxMessageSize.max,
    });
    this.#parts = this.#wire(settings, stored, openMessageStore(stored, ports));
    this.#client = new RemotingClient({ name: `${settings.brokerName}-registration`, defaultKind: 'tcp' }, ports);
    this.#registration = this.#wireRegistration(settings);
    this.processors = brokerProcessors(this.#parts, () => this.#closedReply());
    if (ports.meter !== undefined) registerBrokerGauges(ports.meter, settings.brokerName, this.#parts);
    this.#parts.configuration.onChange((now, before) => {
      if (now.brokerPermission !== before.brokerPermission) void this.#registration.register();
    });
  }

  /** The inside, for what embeds a broker (servers for tests). Not part of the API that stays the same. */
  get parts(): BrokerParts {
    return this.#parts;
  }

  async start(): Promise<void> {
    if (this.#phase !== 'new') throw new Error(`the broker is ${this.#phase}; a broker is started once`);
    this.#phase = 'starting';
    try {
      await this.#open();
      this.#phase = 'open';
      await this.#closing.start('registration', this.#registration);
    } catch (error) {
      this.#phase = 'closed';
      await this.#closing.close().catch(() => {});
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#phase !== 'closed') this.#phase = 'closing';
    await this.#closing.close();
    this.#phase = 'closed';
  }

  health(): BrokerHealth {
    return {
      phase: this.#phase,
      store: this.#phase === 'open' ? this.#parts.store.status() : undefined,
      registrations: this.#registration.states,
      heldPulls: this.#parts.heldPulls.count,
      clientConnections: this.#parts.clients.connectionCount,
    };
  }

  #closedReply(): Reply<RequestDefinition> | undefined {
    if (this.#phase === 'open') return undefined;
    return {
      code: ResponseCode.SERVICE_NOT_AVAILABLE,
      remark: `the broker is ${this.#phase === 'new' ? 'not started' : this.#phase}`,
    };
  }

  #wire(settings: BrokerSettings, stored: ResolvedStoreOptions, store: MessageStore): BrokerParts {
    const { clock, random, logger, disk } = this.ports;
    const { storeHost } = stored;
    const configuration = new BrokerConfiguration(settings, stored, clock, {
      // Where Apache's broker keeps such changes unless it is told otherwise.
      path: `${this.#configDirectory}/broker.properties`,
      disk,
    });
    const file = <Content>(name: string, body: ConfigText<Content>) =>
      new ConfigFile<Content>(`${this.#configDirectory}/${name}`, body, disk, logger);
    const groups = new GroupTable(file('subscriptionGroup.json', subscriptionGroupWrapper), clock, configuration);
    const mayNotify = (group: string) =>
      configuration.settings.notifyConsumerIdsChangedEnable &&
      (groups.get(group)?.notifyConsumerIdsChangedEnable ?? true);
    const delayOffsets = new DelayOffsets(
      file('delayOffset.json', delayOffsetSerializeWrapper),
      clock,
      settings.delayOffsetUpdateVersionStep,
    );
    const levels = parseDelayLevels(settings.messageDelayLevel);
    const { flushDelayOffsetInterval } = settings;
    const counters = new BrokerCounters();
    return {
      get settings() {
        return configuration.settings;
      },
      configuration,
      clock,
      random,
      logger,
      store,
      storeHost,
      offsetMessageId: offsetMessageIds(storeHost),
      groups,
      counters,
      delayOffsets,
      delayLevels: levels,
      topics: new TopicTable(file('topics.json', topicConfigSerializeWrapper), clock),
      clients: new ClientRegistry(clock, settings, new MemberNotifier(clock, mayNotify, logger)),
      offsets: new ConsumerOffsets(file('consumerOffset.json', consumerOffsetFile), clock, settings, (error) =>
        logger.error('consumer offsets could not be written; trying again at the next interval', { error }),
      ),
      delay: new DelayDelivery(store, delayOffsets, { levels, flushDelayOffsetInterval }, { clock, logger }),
      locks: new QueueLocks(clock),
      heldPulls: new HeldPulls(settings.maxHeldPulls),
      rates: new BrokerRates(counters, clock, logger),
      localSystemTopics: localSystemTopics(settings),
      uniqueId: uniqueIdGenerator(
        { clock, random },
        { address: storeHost.subarray(0, -4), processId: randomInt(random, 0x1_0000) },
      ),
    };
  }

  #wireRegistration(settings: BrokerSettings): NameServerRegistration {
    const { brokerClusterName: clusterName, brokerName, brokerId, brokerIP1, listenPort } = settings;
    const brokerAddr = formatAddress({ host: brokerIP1 === '' ? LOOPBACK : brokerIP1, port: listenPort });
    const haServerAddr = formatAddress({
      host: brokerIP1 === '' ? LOOPBACK : brokerIP1,
      port: Math.min(listenPort + 1, 65_535),
    });
    const addressMode = brokerIP1 === '' ? ADDRESS_MODE_CONNECTION : 'fixed';
    return new NameServerRegistration(
      { clusterName, brokerName, brokerId, brokerAddr, haServerAddr, addressMode },
      this.#parts.topics,
      this.#client,
      {
        nameServers: settings.namesrvAddr
          .split(';')
          .map((address) => address.trim())
          .filter((address) => address !== ''),
        periodMs: settings.registerNameServerPeriod,
        timeoutMs: settings.registerBrokerTimeoutMills,
        brokerPermission: () => this.#parts.settings.brokerPermission,
      },
      this.ports,
    );
  }

  /** The store first: its lock says that the directory is ours, config files included. */
  async #open(): Promise<void> {
    const { configuration, store, topics, groups, offsets, delayOffsets, delay, rates } = this.#parts;
    const { clock, disk, logger } = this.ports;
    await this.#closing.start('store', store);
    disk.makeDirectorySync(this.#configDirectory);
    // Else a loss of power may take the directory, with all that was said to be safe in it.
    await disk.syncDirectory(this.#storeDirectory);
    const changed = configuration.load();
    if (changed.length > 0)
      logger.info('settings that requests have changed win over those of the start', {
        keys: changed.join(),
        file: `${this.#configDirectory}/broker.properties`,
      });
    const { settings } = configuration;
    topics.load(builtInTopics(settings));
    groups.load();
    offsets.load();
    delayOffsets.load();
    await Promise.all([topics.save(), groups.save()]);
    this.#closing.push('consumer offsets', () => offsets.flush());
    const flushing = every(clock, settings.flushConsumerOffsetInterval, () => offsets.flush(), {
      onError: (error) =>
        logger.error('consumer offsets could not be written; trying again at the next interval', { error }),
    });
    this.#closing.push('offset flush', () => flushing.cancel());
    const housekeeping = every(clock, HOUSEKEEPING_MS, () => this.#housekeeping(), {
      onError: (error) => logger.error('housekeeping failed', { error }),
    });
    this.#closing.push('housekeeping', () => housekeeping.cancel());
    await this.#closing.start('rates', rates);
    await this.#closing.start('delay delivery', delay);
    await this.#closing.start('registration client', this.#client);
  }

  #housekeeping(): void {
    const { clients, counters, locks, logger } = this.#parts;
    const expired = clients.expire();
    counters.expiredClients += expired.length;
    for (const connection of expired)
      logger.warn('a client sends no heartbeats any more: its connection is closed', { client: connection.address });
    locks.sweep();
  }
}
