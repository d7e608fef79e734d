export { RocketMQRegistry } from './client/registry.js';
export {
  isRocketMQContext,
  ROCKETMQ_CONTEXT_TYPE,
  RocketMQExecutionContext,
  type RocketMQRequest,
} from './handlers/execution-context.js';
export {
  ManualAck,
  Message,
  MessageProperty,
  Payload,
  type PayloadOptions,
  type PipeLike,
} from './handlers/parameters.js';
export { PayloadValidationError } from './handlers/standard-schema.js';
export type {
  AsyncFeature,
  ConsumerOverride,
  Feature,
  RocketMQModuleAsyncOptions,
  RocketMQModuleOptions,
  RocketMQOptionsFactory,
} from './module/module-options.js';
export { RocketMQModule } from './module/rocketmq-module.js';
export {
  getClientToken,
  getConsumerToken,
  getOptionsToken,
  getProducerToken,
  InjectProducer,
  InjectPullConsumer,
  InjectRocketMQ,
  InjectSimpleConsumer,
  InjectTransactionProducer,
} from './module/tokens.js';
