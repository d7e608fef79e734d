export { Broker, type BrokerHealth, type BrokerPhase, type BrokerPorts } from './broker.js';
export {
  type BrokerOptions,
  BROKER_DEFAULTS,
  BrokerOptionsError,
  type BrokerSettings,
  parseSetting,
} from './broker-options.js';
export {
  ADDRESS_MODE_CONNECTION,
  ADDRESS_MODE_FIELD,
  type RegistrationState,
} from './registration/name-server-registration.js';
