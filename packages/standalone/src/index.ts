export { brokerFileOptions } from './broker-properties.js';
export { type Health, pages, type PageSources } from './http/pages.js';
export { formatPrometheus } from './http/prometheus.js';
export { type RunningBroker, startBroker, type StartBrokerOptions } from './start-broker.js';
export { type RunningNamesrv, startNamesrv, type StartNamesrvOptions } from './start-namesrv.js';
export { startStandalone } from './start-standalone.js';
export { type StandaloneOptions, StandaloneServer } from './standalone-server.js';
