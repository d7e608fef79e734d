import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { type Binding, bindInstances, type BoundConsumer, RocketMQError } from '@cometmq/sdk';
import type { ClientHost } from '../client/client-host.js';
import { ClientHosts } from '../client/client-hosts.js';
import { NestInvoker } from '../handlers/nest-invoker.js';
import { installDrainHooks } from './drain-hooks.js';
import { type Discovered, Explorer } from './explorer.js';

interface BoundClient {
  readonly host: ClientHost;
  readonly binding: Binding;
}

/** A consumer with the client it belongs to. */
export interface RegisteredConsumer {
  readonly client: string;
  readonly bound: BoundConsumer;
}

/**
 * Gives decorated classes their life: members before anybody's `onModuleInit` (global modules come first), consumers when the
 * whole application is up, the drain before anything that handlers use is destroyed, producers and sockets at the very end.
 */
@Injectable()
export class Registrar implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  readonly #logger = new Logger('RocketMQ');
  readonly #clients: BoundClient[] = [];
  #draining: Promise<void> | undefined;

  constructor(
    private readonly hosts: ClientHosts,
    private readonly explorer: Explorer,
    private readonly invoker: NestInvoker,
  ) {}

  get consumers(): readonly RegisteredConsumer[] {
    return this.#clients.flatMap(({ host, binding }) => binding.bound.map((bound) => ({ client: host.name, bound })));
  }

  /** Connects and binds; nothing stays open when it fails. */
  async onModuleInit(): Promise<void> {
    try {
      const found = this.#belonging(this.explorer.explore());
      await Promise.all(this.hosts.all.map((host) => host.start()));
      for (const one of found) this.invoker.prepare(one);
      for (const host of this.hosts.all) {
        const instances = found.filter(({ client }) => this.hosts.get(client) === host).map(({ instance }) => instance);
        this.#clients.push({ host, binding: await this.#bind(host, instances) });
        this.#warnOfUnknownGroups(host, found);
      }
      installDrainHooks(
        found.filter(({ description }) => description.consumer !== undefined),
        () => this.drain(),
      );
    } catch (error) {
      await this.#closeAll();
      throw error;
    }
  }

  /** Consumers join their groups; those of clients that are not connected yet do so when they are. */
  async onApplicationBootstrap(): Promise<void> {
    try {
      await Promise.all(this.#clients.map((each) => this.#start(each)));
    } catch (error) {
      await this.#closeAll();
      throw error;
    }
  }

  onModuleDestroy(): Promise<void> {
    return this.drain();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#closeAll();
  }

  /** Consumers stop pulling, wait for their handlers, commit and leave. Never throws. Idempotent. */
  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  #belonging(all: readonly Discovered[]): readonly Discovered[] {
    return all.filter(({ name, client, controller, description }) => {
      const host = this.hosts.get(client, name);
      for (const { client: other } of description.producers.values()) this.hosts.get(other, name);
      return !controller || host.options.scanControllers !== false;
    });
  }

  #bind(host: ClientHost, instances: readonly object[]): Promise<Binding> {
    return bindInstances(host, instances, {
      invoke: this.invoker.invoke,
      consumerOptions: (said) => host.consumerOptions(said),
      client: (name) => this.hosts.get(name),
      start: false,
    });
  }

  async #start({ host, binding }: BoundClient): Promise<void> {
    const starting = async () => {
      if (!(await host.connected()) || this.#draining !== undefined) return;
      for (const bound of binding.bound) if (bound.autoStart) await bound.start();
    };
    if (host.options.waitForConnection !== false) return starting();
    starting().catch((error: unknown) => {
      this.#logger.error(`the consumers of RocketMQ client '${host.name}' did not start: ${String(error)}`);
    });
  }

  /** A name in the configuration that fits nobody is a typing error most of the time. */
  #warnOfUnknownGroups(host: ClientHost, found: readonly Discovered[]): void {
    const groups = new Set(
      found.filter(({ client }) => this.hosts.get(client) === host).map((one) => one.description.consumer?.group),
    );
    for (const group of Object.keys(host.options.consumers ?? {})) {
      if (groups.has(group)) continue;
      const known = [...groups].filter((each) => each !== undefined).join(', ') || 'none';
      this.#logger.warn(
        `options.consumers of RocketMQ client '${host.name}' names group '${group}', which no @Consumer has (there is ${known})`,
      );
    }
  }

  async #drain(): Promise<void> {
    const closing = this.#clients.flatMap(({ host, binding }) =>
      binding.consumers.map((consumer) => consumer.close({ timeoutMs: host.shutdownTimeoutMs })),
    );
    for (const outcome of await Promise.allSettled(closing)) {
      if (outcome.status === 'rejected')
        this.#logger.error(`a consumer did not leave its group in order: ${String(outcome.reason)}`);
    }
  }

  async #closeAll(): Promise<void> {
    await this.drain();
    await Promise.allSettled(this.#clients.map(({ binding }) => binding.close()));
    await Promise.all(this.hosts.all.map((host) => host.close()));
  }
}

/** Finds one consumer by its group. Throws INVALID_ARGUMENT, naming what there is. */
export function consumerOf(consumers: readonly RegisteredConsumer[], group: string, client?: string): BoundConsumer {
  const fitting = consumers.filter((one) => one.bound.group === group && (client ?? one.client) === one.client);
  const [first] = fitting;
  if (first !== undefined && fitting.length === 1) return first.bound;
  const known = consumers.map((one) => `${one.bound.group} (client '${one.client}')`).join(', ') || 'none';
  throw new RocketMQError(
    'INVALID_ARGUMENT',
    first === undefined
      ? `no consumer of group '${group}' is registered in this process (there is ${known})`
      : `several clients have a consumer of group '${group}' (there is ${known}): name the client, too`,
  );
}
