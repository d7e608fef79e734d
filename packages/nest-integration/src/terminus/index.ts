export { RocketMQHealthIndicator, type RocketMQHealthOptions } from './health-indicator.js';
