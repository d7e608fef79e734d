import {
  registerBroker,
  registerBrokerBody,
  ResponseCode,
  type TopicConfig,
  unregisterBroker,
} from '@cometmq/protocol';
import type { RemotingClient } from '@cometmq/remoting';
import { type Clock, type Codecs, every, type Lifecycle, type Logger, type Timer } from '@cometmq/runtime';
import { READ_WRITE } from '../topics/topic-config.js';
import type { TopicTable } from '../topics/topic-table.js';

/**
 * extField of a registration whose sender does not know under which address clients reach it: the name server tells each
 * client the address of the connection. Apache's name server passes it over.
 */
export const ADDRESS_MODE_FIELD = 'addressMode';
export const ADDRESS_MODE_CONNECTION = 'connection';

/** Who the broker is, for name servers. */
export interface BrokerIdentity {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerId: number;
  /** `host:port` for clients. */
  readonly brokerAddr: string;
  readonly haServerAddr: string;
  /** `connection`: `brokerAddr` is a guess, the name server knows better. */
  readonly addressMode: 'fixed' | typeof ADDRESS_MODE_CONNECTION;
}

export interface RegistrationOptions {
  readonly nameServers: readonly string[];
  /** ms between registrations. */
  readonly periodMs: number;
  /** ms one may take. */
  readonly timeoutMs: number;
  /** Bits that a topic's perm is and-ed with when they are not both set. */
  readonly brokerPermission: () => number;
}

/** How the last registration with one name server went. */
export type RegistrationState =
  | { readonly kind: 'never' }
  | { readonly kind: 'registered'; readonly at: number }
  | { readonly kind: 'failed'; readonly at: number; readonly reason: string };

/** How long the start waits for name servers, ms: they may be down, and the broker is of use without them. */
const START_WAIT_MS = 5000;
/** How long unregistering may take, ms: at the end nobody should wait for a name server that is gone. */
const UNREGISTER_TIMEOUT_MS = 3000;

/**
 * Tells all name servers of this broker and its topics: at the start, every period, and at once when a topic changes.
 * Changes that come while a round is under way are told together by the next one.
 */
export class NameServerRegistration implements Lifecycle {
  readonly #states = new Map<string, RegistrationState>();
  #timer: Timer | undefined;
  #round: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #phase: 'new' | 'open' | 'closed' = 'new';

  constructor(
    private readonly identity: BrokerIdentity,
    private readonly topics: TopicTable,
    private readonly client: RemotingClient,
    private readonly options: RegistrationOptions,
    private readonly ports: { readonly clock: Clock; readonly codecs: Pick<Codecs, 'crc32'>; readonly logger: Logger },
  ) {
    for (const address of options.nameServers) this.#states.set(address, { kind: 'never' });
    topics.onChange(() => void (this.#phase === 'open' && this.register()));
  }

  get states(): ReadonlyMap<string, RegistrationState> {
    return this.#states;
  }

  /**
   * Registers and waits for it, a few seconds at most; a name server that cannot be reached is tried again with the next
   * round.
   */
  async start(): Promise<void> {
    if (this.options.nameServers.length === 0) return;
    this.#phase = 'open';
    this.#timer = every(this.ports.clock, this.options.periodMs, () => this.register(), {
      onError: (error) => this.ports.logger.error('registration failed', { error }),
    });
    await this.#patiently(this.register());
  }

  /** A round that begins after the call. Never rejects. */
  register(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    if (this.#round === undefined) {
      this.#round = this.#registerWithAll().finally(() => (this.#round = undefined));
      return this.#round;
    }
    this.#next = this.#round.then(() => {
      this.#next = undefined;
      return this.register();
    });
    return this.#next;
  }

  async close(): Promise<void> {
    if (this.#phase !== 'open') return;
    this.#phase = 'closed';
    this.#timer?.cancel();
    const { clusterName, brokerName, brokerId, brokerAddr } = this.identity;
    await Promise.all(
      this.options.nameServers.map(async (address) => {
        try {
          await this.client.invoke(
            address,
            unregisterBroker,
            { clusterName, brokerName, brokerId, brokerAddr },
            { timeoutMs: UNREGISTER_TIMEOUT_MS },
          );
        } catch (error) {
          this.ports.logger.warn('the name server could not be told that this broker ends', { address, error });
        }
      }),
    );
  }

  #patiently(round: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.ports.clock.schedule(START_WAIT_MS, resolve);
      void round.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  async #registerWithAll(): Promise<void> {
    if (this.#phase !== 'open') return;
    const body = this.#body();
    const bodyCrc32 = this.ports.codecs.crc32(body) & 0x7fff_ffff;
    await Promise.all(this.options.nameServers.map((address) => this.#registerWith(address, body, bodyCrc32)));
  }

  async #registerWith(address: string, body: Uint8Array, bodyCrc32: number): Promise<void> {
    const { clusterName, brokerName, brokerId, brokerAddr, haServerAddr, addressMode } = this.identity;
    const header = { clusterName, brokerName, brokerId, brokerAddr, haServerAddr, compressed: false, bodyCrc32 };
    const extFields = addressMode === 'fixed' ? undefined : { [ADDRESS_MODE_FIELD]: addressMode };
    try {
      const answer = await this.client.invoke(address, registerBroker, header, {
        body,
        extFields,
        timeoutMs: this.options.timeoutMs,
      });
      this.#settle(
        address,
        answer.code === ResponseCode.SUCCESS ? undefined : `code ${answer.code}: ${answer.remark ?? ''}`,
      );
    } catch (error) {
      this.#settle(address, error instanceof Error ? error.message : String(error));
    }
  }

  #settle(address: string, reason: string | undefined): void {
    const at = this.ports.clock.now();
    const before = this.#states.get(address)?.kind;
    this.#states.set(address, reason === undefined ? { kind: 'registered', at } : { kind: 'failed', at, reason });
    if (reason !== undefined)
      this.ports.logger.warn('the name server did not take the registration; trying again with the next round', {
        address,
        reason,
      });
    else if (before !== 'registered')
      this.ports.logger.info('registered', { address, brokerName: this.identity.brokerName });
  }

  #body(): Uint8Array {
    const { dataVersion, topicConfigTable } = this.topics.snapshot();
    const permission = this.options.brokerPermission();
    const told = (permission & READ_WRITE) === READ_WRITE ? topicConfigTable : restricted(topicConfigTable, permission);
    return registerBrokerBody.encode({
      topicConfigSerializeWrapper: {
        dataVersion,
        topicConfigTable: told,
        mappingDataVersion: { counter: 0, stateVersion: 0, timestamp: 0 },
        topicQueueMappingInfoMap: new Map(),
        topicQueueMappingDetailMap: new Map(),
      },
      filterServerList: [],
    });
  }
}

function restricted(topics: ReadonlyMap<string, TopicConfig>, permission: number): ReadonlyMap<string, TopicConfig> {
  return new Map([...topics].map(([name, config]) => [name, { ...config, perm: config.perm & permission }]));
}
