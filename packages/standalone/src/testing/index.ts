export { type HandlerOutcome, messageOf, outcomeOf } from './call-handler.js';
export type { Duration } from './duration.js';
export type { EmbeddedOptions } from './embedded-options.js';
export { EmbeddedRocketMQ, type IdleOptions, type TopicOptions } from './embedded-rocketmq.js';
export type {
  ActiveFault,
  CutConnectionFault,
  DeliveryFault,
  Fault,
  FaultHit,
  FullDiskFault,
  KillBrokerFault,
  ResendFault,
} from './faults/fault.js';
