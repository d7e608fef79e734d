import { Inject, type InjectionToken } from '@nestjs/common';
import { Producer, RocketMQ } from '@cometmq/sdk';
import { DEFAULT_CLIENT } from './module-options.js';

// Nest prints tokens in its error messages: these say what is missing.

/** Of the module's inside: what keeps a client. */
export const hostToken = (client = DEFAULT_CLIENT): InjectionToken =>
  `RocketMQ client '${client}' of RocketMQModule.forRoot({ name: '${client}' })`;

/** The options of a client: for tests, `overrideProvider(getOptionsToken()).useValue(server.clientOptions())`. */
export const getOptionsToken = (client = DEFAULT_CLIENT): InjectionToken => `options of RocketMQ client '${client}'`;

/** Of a client: the class `RocketMQ` for the default one. */
export const getClientToken = (name = DEFAULT_CLIENT): InjectionToken =>
  name === DEFAULT_CLIENT ? RocketMQ : `RocketMQ client '${name}'`;

/** Of a producer: without a name the client's own, which is `Producer` itself for the default client. */
export const getProducerToken = (name?: string, client = DEFAULT_CLIENT): InjectionToken => {
  if (name !== undefined) return `producer '${name}' of RocketMQ client '${client}'`;
  return client === DEFAULT_CLIENT ? Producer : `producer of RocketMQ client '${client}'`;
};

/** Of a pull or simple consumer by the name of its feature. */
export const getConsumerToken = (name: string, client = DEFAULT_CLIENT): InjectionToken =>
  `consumer '${name}' of RocketMQ client '${client}'`;

type InjectDecorator = ParameterDecorator & PropertyDecorator;

/** The client; `constructor(private readonly mq: RocketMQ)` gives the default one without a decorator. */
export const InjectRocketMQ = (name?: string): InjectDecorator => Inject(getClientToken(name));

/** A producer of `forFeature`; without a name the client's default producer. */
export const InjectProducer = (name?: string, client?: string): InjectDecorator =>
  Inject(getProducerToken(name, client));

/** A transaction producer of `forFeature`. */
export const InjectTransactionProducer = (name: string, client?: string): InjectDecorator =>
  Inject(getProducerToken(name, client));

/** A pull consumer of `forFeature`. */
export const InjectPullConsumer = (name: string, client?: string): InjectDecorator =>
  Inject(getConsumerToken(name, client));

/** A simple (POP) consumer of `forFeature`. */
export const InjectSimpleConsumer = (name: string, client?: string): InjectDecorator =>
  Inject(getConsumerToken(name, client));
