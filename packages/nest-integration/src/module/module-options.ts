import type { FactoryProvider, ModuleMetadata, Provider, Type } from '@nestjs/common';
import type {
  ProducerOptions,
  PullConsumerOptions,
  PushConsumerOptions,
  RocketMQOptions,
  SimpleConsumerOptions,
  TransactionProducerOptions,
} from '@cometmq/sdk';

/** What the configuration says about one group; it wins over the decorator. */
export type ConsumerOverride = Partial<Omit<PushConsumerOptions, 'group'>> & {
  /** false: the group's handlers get nothing in this process. Default true. */
  enabled?: boolean;
};

/** Everything a client of the SDK takes, and how Nest uses it. */
export interface RocketMQModuleOptions extends RocketMQOptions {
  /** Name of this client when there are several; default 'default'. */
  name?: string;
  /**
   * Default true: the application starts when a name server has answered, and fails to start when none does. false: it starts at
   * once and connects in the background, with tries 1 s to 30 s apart; consumers start then, health says 'down' until then.
   */
  waitForConnection?: boolean;
  /** Default true. false: no handler of this client gets messages here (a process that only sends). */
  registerConsumers?: boolean;
  /** Default true: look for @Consumer in controllers, too. */
  scanControllers?: boolean;
  /** Under every @Consumer of this client: what the decorator says wins. */
  consumerDefaults?: Partial<Omit<PushConsumerOptions, 'group'>>;
  /** Under every producer of this client: what the decorator or feature says wins. */
  producerDefaults?: ProducerOptions;
  /** By group, from the configuration: wins over the decorator. `enabled: false` skips the group. */
  consumers?: Record<string, ConsumerOverride>;
  /** How long the shutdown waits for running handlers, in ms; default 30000. Then their signal fires and their messages come again. */
  shutdownTimeoutMs?: number;
}

/** A class that makes the options: for `useClass` and `useExisting`. */
export interface RocketMQOptionsFactory {
  createRocketMQOptions(): Promise<RocketMQModuleOptions> | RocketMQModuleOptions;
}

/** Exactly one of `useFactory`, `useClass` and `useExisting`. */
export interface RocketMQModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Name of this client when there are several; default 'default'. It must stand here: tokens are needed before the options are made. */
  name?: string;
  useFactory?: (...args: never[]) => Promise<RocketMQModuleOptions> | RocketMQModuleOptions;
  /** Tokens of the factory's arguments. */
  inject?: FactoryProvider['inject'];
  useClass?: Type<RocketMQOptionsFactory>;
  useExisting?: Type<RocketMQOptionsFactory>;
  /** Providers that only the factory needs. */
  extraProviders?: Provider[];
}

/** Something with a name that is injected: `@InjectProducer(name)`, `@InjectPullConsumer(name)`, … */
export type Feature =
  | ({ kind: 'producer'; name: string; client?: string } & ProducerOptions)
  | ({
      kind: 'transaction';
      name: string;
      client?: string;
      /** A provider with `executeLocal` and `checkLocal`. */ listener: Type<unknown>;
    } & Omit<TransactionProducerOptions, 'listener'>)
  | ({ kind: 'pull'; name: string; client?: string } & PullConsumerOptions)
  | ({ kind: 'simple'; name: string; client?: string } & SimpleConsumerOptions);

type OfFeature<F> = F extends Feature ? Omit<F, 'kind' | 'name' | 'client'> : never;

/** A feature whose options are made by a factory; its kind, name and client make its token and stand beside it. */
export interface AsyncFeature extends Pick<ModuleMetadata, 'imports'> {
  kind: Feature['kind'];
  name: string;
  client?: string;
  useFactory: (...args: never[]) => OfFeature<Feature> | Promise<OfFeature<Feature>>;
  inject?: FactoryProvider['inject'];
}

export const DEFAULT_CLIENT = 'default';
export const DEFAULT_SHUTDOWN_TIMEOUT_MS = 30_000;

/** The part that a client of the SDK takes. */
export function clientOptions(options: RocketMQModuleOptions): RocketMQOptions {
  const {
    name: _name,
    waitForConnection: _wait,
    registerConsumers: _register,
    scanControllers: _scan,
    consumerDefaults: _consumerDefaults,
    producerDefaults: _producerDefaults,
    consumers: _consumers,
    shutdownTimeoutMs: _shutdown,
    ...client
  } = options;
  return client;
}
