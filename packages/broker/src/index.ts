export { Broker, type BrokerHealth, type BrokerPhase, type BrokerPorts } from './broker.js';
export { type BrokerOptions, brokerOptions } from './broker-options.js';
export type { BrokerSettings } from './broker-settings.js';
export {
  ADDRESS_MODE_CONNECTION,
  ADDRESS_MODE_FIELD,
  type RegistrationState,
} from './registration/name-server-registration.js';
export type { BrokerParts } from './processors/broker-parts.js';
