export { type NameServerOptions, namesrvOptions, readNameServerOptions } from './configuration/namesrv-options.js';
export type { NamesrvSettings } from './configuration/namesrv-settings.js';
export { KvConfigError } from './kv/kv-config.js';
export { NameServer, type NameServerPorts } from './namesrv.js';
export { ADDRESS_MODE_CONNECTION, ADDRESS_MODE_FIELD } from './routes/advertised-address.js';
export { type RunningNameServer, startNameServer, type StartNameServerOptions } from './start-name-server.js';
