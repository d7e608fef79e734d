export { formatRemotingAddress, parseRemotingAddress, type RemotingAddress } from './client/address.js';
export type { BackOffOptions } from './client/back-off.js';
export {
  type ConnectionEvent,
  type InvokeOptions,
  RemotingClient,
  type RemotingClientOptions,
  type RemotingClientPorts,
} from './client/remoting-client.js';
export { type Answer, toAnswer } from './connection/answer.js';
export { Call, type CallRequest } from './connection/call.js';
export { Connection, type ConnectionEvents } from './connection/connection.js';
export type {
  ConnectionOptions,
  ConnectionPorts,
  OnewayOptions,
  OutgoingAnswer,
  RequestOptions,
  RequestSigner,
} from './connection/connection-options.js';
export type { InFlightLimits } from './connection/in-flight-limits.js';
export { RemotingError, type RemotingErrorCode } from './remoting-error.js';
export type { AdmissionOptions, Family, FamilyLimits } from './server/admission.js';
export type { DispatcherOptions } from './server/dispatcher.js';
export type { Interceptor } from './server/interceptor.js';
export { answerOf } from './server/answer-of.js';
export {
  type Handled,
  type IncomingRequest,
  LATER,
  type Processor,
  processor,
  type Reply,
} from './server/processor.js';
export { RemotingServer, type RemotingServerOptions, type RemotingServerPorts } from './server/remoting-server.js';
