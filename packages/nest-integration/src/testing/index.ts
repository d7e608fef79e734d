export { EmbeddedRocketMQ, type HandlerOutcome } from '@cometmq/standalone/testing';
export { invokeHandler } from './invoke-handler.js';
export { RocketMQTestingModule, type RocketMQTestingOptions } from './testing-module.js';
