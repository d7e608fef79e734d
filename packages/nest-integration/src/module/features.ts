import type { FactoryProvider, Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { RocketMQError, type TransactionProducerOptions } from '@cometmq/sdk';
import type { ClientHost } from '../client/client-host.js';
import type { AsyncFeature, Feature } from './module-options.js';
import { getConsumerToken, getProducerToken, hostToken } from './tokens.js';

/** Where a feature is found. */
function featureToken({ kind, name, client }: Pick<Feature, 'kind' | 'name' | 'client'>): FactoryProvider['provide'] {
  return kind === 'pull' || kind === 'simple' ? getConsumerToken(name, client) : getProducerToken(name, client);
}

function listenerOf(
  feature: Feature & { kind: 'transaction' },
  moduleRef: ModuleRef,
): TransactionProducerOptions['listener'] {
  try {
    return moduleRef.get(feature.listener, { strict: false }) as TransactionProducerOptions['listener'];
  } catch (cause) {
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      `the listener ${feature.listener.name} of transaction producer '${feature.name}' is no provider: name it in the providers of a module`,
      { cause },
    );
  }
}

function make(feature: Feature, host: ClientHost, moduleRef: ModuleRef): unknown {
  const { kind: _kind, name: _name, client: _client, ...options } = feature;
  switch (feature.kind) {
    case 'producer':
      return host.producer(options);
    case 'transaction': {
      const listener = listenerOf(feature, moduleRef);
      return host.transactionProducer({ ...(options as Omit<TransactionProducerOptions, 'listener'>), listener });
    }
    case 'pull':
      return host.pullConsumer(feature);
    case 'simple':
      return host.simpleConsumer(feature);
  }
}

/** The provider of a feature. What it makes is closed with its client. */
export function featureProvider(feature: Feature): Provider {
  return {
    provide: featureToken(feature),
    inject: [hostToken(feature.client), ModuleRef],
    useFactory: (host: ClientHost, moduleRef: ModuleRef) => make(feature, host, moduleRef),
  };
}

/** The same with options from a factory. */
export function asyncFeatureProvider({ kind, name, client, useFactory, inject = [] }: AsyncFeature): Provider {
  return {
    provide: featureToken({ kind, name, ...(client !== undefined && { client }) }),
    inject: [hostToken(client), ModuleRef, ...inject],
    useFactory: async (host: ClientHost, moduleRef: ModuleRef, ...args: never[]) =>
      make({ ...(await useFactory(...args)), kind, name } as Feature, host, moduleRef),
  };
}
