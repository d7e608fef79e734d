export { ClientRocketMQ } from './client.js';
export { RocketMQContext } from './context.js';
export { RocketMQRecord, RocketMQRecordBuilder } from './record-builder.js';
export {
  ROCKETMQ_TRANSPORT,
  type RocketMQServerOfClient,
  type RocketMQServerOptions,
  ServerRocketMQ,
} from './server.js';
