export { type ClientHandle, ClientInstance } from './client/client-instance.js';
export type { ProcessIdentity } from './client/client-id.js';
export type { ClientPorts, RocketMQPorts } from './client/client-ports.js';
export type { ClientStatus } from './client/client-status.js';
export { RocketMQError, type RocketMQErrorCode, type RocketMQErrorOptions } from './client/errors.js';
export type { ConsumerHealth } from './client/members.js';
export type {
  ClientHooks,
  CompressionOptions,
  Credentials,
  Logger,
  MetricsSink,
  RocketMQOptions,
  TlsClientOptions,
} from './client/options.js';
export { type ClientHealth, RocketMQ } from './client/rocketmq.js';
export {
  CONSUME_CHANNEL,
  type ConsumeTrace,
  SEND_CHANNEL,
  type SendTrace,
  type Tracing,
  type TracingChannel,
} from './client/tracing.js';
export type { ConsumerNotice, ConsumerNoticeOf } from './consumer/consumer-events.js';
export type { ConsumeFrom, PushConsumerOptions } from './consumer/consumer-options.js';
export { createDelivery, type Delivery } from './consumer/delivery.js';
export type { BatchHandler, HandlerContext, MessageHandler } from './consumer/handler.js';
export { type PollOptions, PullConsumer, type PullConsumerOptions } from './consumer/pull-consumer.js';
export { type ConsumeError, PushConsumer } from './consumer/push-consumer.js';
export type { Filter, Subscription } from './consumer/subscriptions.js';
export {
  bindInstances,
  type Binding,
  type BindOptions,
  type BindTarget,
  type BoundConsumer,
} from './decorators/bind.js';
export {
  Consumer,
  type HandlerDecorator,
  OnBatch,
  OnConsumerEvent,
  OnDeadLetter,
  OnMessage,
  OnStream,
  SendTo,
} from './decorators/consumer.js';
export type { HandlerInvoker } from './decorators/handlers.js';
export {
  type ClassDescription,
  type ConsumerEvent,
  type ConsumerMetadata,
  describe,
  type HandlerMetadata,
  type ProducerMetadata,
  type SendMetadata,
  type SendToMetadata,
  type TransactionListenerMetadata,
} from './decorators/metadata.js';
export { isConsumeResult } from './decorators/send-on.js';
export { Producer, type ProducerStatic, Send, type SendDecoratorOptions, type Sender } from './decorators/producer.js';
export { TransactionListener } from './decorators/transaction-listener.js';
export { type Codec, jsonCodec, rawCodec, stringCodec } from './message/codec.js';
export {
  ack,
  type ConsumeResult,
  reject,
  RejectMessageError,
  retry,
  type RetryDelay,
  RetryLaterError,
} from './message/consume-result.js';
export type { MessageQueue } from './message/message-queue.js';
export { type MessageView, RecordView, type ViewContext } from './message/message-view.js';
export type { DelaySpec, OutgoingMessage, SendOptions, SendResult, SendStatus } from './message/outgoing-message.js';
export { SimpleConsumer, type SimpleConsumerOptions } from './pop/simple-consumer.js';
export type { ProducerOptions } from './producer/producer-options.js';
export type { PublishOptions } from './producer/producer.js';
export type {
  LocalTransactionState,
  TransactionProducer,
  TransactionProducerOptions,
} from './producer/transaction-producer.js';
export { ackFirst, settle, settleBatch, settleOrdered } from './rx/settle.js';
