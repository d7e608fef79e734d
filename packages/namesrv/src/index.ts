export {
  type NameServerOptions,
  namesrvOptions,
  type NamesrvSettings,
  readNameServerOptions,
  SettingError,
} from './configuration/namesrv-options.js';
export { KvConfigError } from './kv/kv-config.js';
export { NameServer, type NameServerPorts } from './namesrv.js';
export { ADDRESS_MODE_CONNECTION, ADDRESS_MODE_FIELD } from './routes/advertised-address.js';
export { type RunningNameServer, startNameServer, type StartNameServerOptions } from './start-name-server.js';
