import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { RocketMQError } from '@cometmq/sdk';
import type { ClientHost } from '../client/client-host.js';
import { ClientHosts } from '../client/client-hosts.js';
import { RocketMQCoreModule } from './core-module.js';
import { asyncFeatureProvider, featureProvider } from './features.js';
import {
  type AsyncFeature,
  DEFAULT_CLIENT,
  type Feature,
  type RocketMQModuleAsyncOptions,
  type RocketMQModuleOptions,
  type RocketMQOptionsFactory,
} from './module-options.js';
import { getClientToken, getProducerToken, hostToken, getOptionsToken } from './tokens.js';

/** What a client offers to everybody: itself and its default producer. */
function clientProviders(name: string): { own: Provider[]; exported: Provider[] } {
  const host = hostToken(name);
  return {
    own: [
      {
        provide: host,
        inject: [getOptionsToken(name), ClientHosts],
        useFactory: (options: RocketMQModuleOptions, hosts: ClientHosts) => hosts.add(name, options),
      },
    ],
    exported: [
      { provide: getClientToken(name), inject: [host], useFactory: ({ client }: ClientHost) => client },
      {
        provide: getProducerToken(undefined, name),
        inject: [host],
        useFactory: ({ defaultProducer }: ClientHost) => defaultProducer,
      },
    ],
  };
}

function optionsProviders(name: string, options: RocketMQModuleAsyncOptions): Provider[] {
  const { useFactory, useClass, useExisting, inject = [], extraProviders = [] } = options;
  const ways = [useFactory, useClass, useExisting].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      `RocketMQModule.forRootAsync of client '${name}' takes exactly one of useFactory, useClass and useExisting, not ${ways.length}`,
    );
  }
  const provide = getOptionsToken(name);
  if (useFactory !== undefined)
    return [...extraProviders, { provide, inject, useFactory: useFactory as (...args: unknown[]) => unknown }];
  const factory = useExisting ?? useClass!;
  return [
    ...extraProviders,
    ...(useClass === undefined ? [] : [useClass]),
    { provide, inject: [factory], useFactory: (made: RocketMQOptionsFactory) => made.createRocketMQOptions() },
  ];
}

/**
 * RocketMQ for a Nest application: `forRoot` once per client, decorated classes as providers, and that is all. The default client is
 * injected as `RocketMQ`, its producer as `Producer`.
 */
@Module({})
export class RocketMQModule {
  /** A client for the whole application. Once per name; errors of the options show when the application starts. */
  static forRoot(options: RocketMQModuleOptions): DynamicModule {
    const name = options.name ?? DEFAULT_CLIENT;
    return root(name, [{ provide: getOptionsToken(name), useValue: options }], []);
  }

  /** The same with options from a factory, as from a configuration service. */
  static forRootAsync(options: RocketMQModuleAsyncOptions): DynamicModule {
    const name = options.name ?? DEFAULT_CLIENT;
    return root(name, optionsProviders(name, options), options.imports ?? []);
  }

  /** Named producers and pull or simple consumers, injectable in the importing module. Their client closes them. */
  static forFeature(...features: Feature[]): DynamicModule {
    const providers = features.map(featureProvider);
    return { module: RocketMQFeatureModule, providers, exports: providers };
  }

  /** The same with options from factories. */
  static forFeatureAsync(...features: AsyncFeature[]): DynamicModule {
    const providers = features.map(asyncFeatureProvider);
    const imports = features.flatMap((feature) => feature.imports ?? []);
    return { module: RocketMQFeatureModule, imports, providers, exports: providers };
  }
}

function root(
  name: string,
  options: readonly Provider[],
  imports: NonNullable<DynamicModule['imports']>,
): DynamicModule {
  const { own, exported } = clientProviders(name);
  return {
    module: RocketMQModule,
    global: true,
    imports: [RocketMQCoreModule, ...imports],
    providers: [...options, ...own, ...exported],
    exports: [hostToken(name), ...exported],
  };
}

/** Holds what `forFeature` names. */
@Module({})
class RocketMQFeatureModule {}
