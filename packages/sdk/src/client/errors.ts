import { ProtocolError, ResponseCode, responseCodeName } from '@cometmq/protocol';
import { RemotingError, type RemotingErrorCode } from '@cometmq/remoting';
import { TransportError } from '@cometmq/runtime';

/** Every code of the client with what it means and whether the same call may succeed when it is made again. */
const CODES = {
  /** An argument or option that cannot be; nothing was sent. */
  INVALID_ARGUMENT: false,
  /** Not in this version; the message says which later one has it. */
  UNSUPPORTED: false,
  /** The client, producer or consumer has been closed. */
  CLOSED: false,
  /** `start()` has not been called or failed. */
  NOT_STARTED: false,
  /** The caller's AbortSignal fired. */
  ABORTED: false,
  /** No answer in time. Nobody knows whether the broker has done what was asked. */
  TIMEOUT: true,
  /** The server cannot be reached. */
  CONNECT: true,
  /** The connection broke before the answer came. Nobody knows whether the broker has done what was asked. */
  CONNECTION_LOST: true,
  /** More calls wait on a connection than its bounds allow. */
  TOO_MANY_REQUESTS: true,
  /** None of the name servers answers. */
  NO_NAMESRV: true,
  /** No broker has the topic. */
  NO_ROUTE: true,
  /** The topic has no queue that can be written (or read). */
  NO_QUEUE: true,
  /** The broker a queue lives on has no reachable address. */
  NO_BROKER: true,
  /** The broker refused; `responseCode` says why. Retryable depends on that. */
  BROKER: false,
  /** The peer sent what the protocol does not allow. */
  PROTOCOL: false,
  /** A codec could not encode or decode a body. */
  CODEC: false,
} as const;

export type RocketMQErrorCode = keyof typeof CODES;

export interface RocketMQErrorOptions extends ErrorOptions {
  readonly responseCode?: number | undefined;
  /** Default: what the code says. */
  readonly retryable?: boolean | undefined;
}

/**
 * Every error of the client: `code` is stable ('NO_ROUTE', 'TIMEOUT', 'BROKER', 'CLOSED', …), `responseCode` the
 * broker's, `retryable` whether another try may help. The message says what to do.
 */
export class RocketMQError extends Error {
  override readonly name = 'RocketMQError';
  readonly code: RocketMQErrorCode;
  /** RocketMQ's response code when a server refused (remoting-protocol 5). */
  readonly responseCode?: number;
  readonly retryable: boolean;

  constructor(code: RocketMQErrorCode, message: string, options: RocketMQErrorOptions = {}) {
    super(message, options);
    this.code = code;
    if (options.responseCode !== undefined) this.responseCode = options.responseCode;
    this.retryable = options.retryable ?? CODES[code];
  }
}

/** What a person can do about a refusal. */
const HINTS: Readonly<Record<number, string>> = {
  [ResponseCode.SYSTEM_BUSY]: 'the broker is overloaded: send less at once or add brokers',
  [ResponseCode.REQUEST_CODE_NOT_SUPPORTED]:
    'the server is too old for this, or the address is that of another kind of server',
  [ResponseCode.MESSAGE_ILLEGAL]: 'make the message or its properties smaller (maxMessageSize of the broker)',
  [ResponseCode.SERVICE_NOT_AVAILABLE]: 'the broker cannot store now: a full disk, a replica or a shutdown',
  [ResponseCode.NO_PERMISSION]: 'check the credentials, the permissions of topic and group, and brokerPermission',
  [ResponseCode.TOPIC_NOT_EXIST]: 'create the topic, or switch autoCreateTopicEnable on at the broker',
  [ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST]:
    'create the group, or switch autoCreateSubscriptionGroup on at the broker',
};

/** Answers after which another try, perhaps at another broker, can succeed. */
const RETRYABLE_RESPONSES: ReadonlySet<number> = new Set([
  ResponseCode.SYSTEM_ERROR,
  ResponseCode.SYSTEM_BUSY,
  ResponseCode.SERVICE_NOT_AVAILABLE,
  ResponseCode.FLOW_CONTROL,
  ResponseCode.GO_AWAY,
]);

/** The error for an answer with a code other than success. `what` names the call: "SEND_MESSAGE_V2 to orders". */
export function brokerError(
  what: string,
  address: string,
  answer: { readonly code: number; readonly remark?: string | undefined },
): RocketMQError {
  const hint = HINTS[answer.code];
  const remark = answer.remark === undefined || answer.remark === '' ? '' : `: ${answer.remark}`;
  const text = `${address} refused ${what}: ${responseCodeName(answer.code)} (${answer.code})${remark}${hint === undefined ? '' : `; ${hint}`}`;
  return new RocketMQError('BROKER', text, {
    responseCode: answer.code,
    retryable: RETRYABLE_RESPONSES.has(answer.code),
  });
}

const BY_REMOTING_CODE: Readonly<Record<RemotingErrorCode, RocketMQErrorCode>> = {
  CONNECT_FAILED: 'CONNECT',
  TIMEOUT: 'TIMEOUT',
  CLOSED: 'CONNECTION_LOST',
  ABORTED: 'ABORTED',
  TOO_MANY_REQUESTS: 'TOO_MANY_REQUESTS',
  GO_AWAY: 'CONNECTION_LOST',
  PROTOCOL: 'PROTOCOL',
  BAD_ADDRESS: 'INVALID_ARGUMENT',
};

/** Any failure as the client's error; what is one already stays as it is. */
export function toRocketMQError(error: unknown, what: string): RocketMQError {
  if (error instanceof RocketMQError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const text = `${what} failed: ${message}`;
  if (error instanceof RemotingError) {
    return new RocketMQError(BY_REMOTING_CODE[error.code], text, { cause: error, retryable: error.retryable });
  }
  if (error instanceof TransportError) return new RocketMQError('CONNECT', text, { cause: error });
  if (error instanceof ProtocolError) return new RocketMQError('PROTOCOL', text, { cause: error });
  return new RocketMQError('INVALID_ARGUMENT', text, { cause: error });
}

/** A feature whose place in the API stands and whose working comes later. */
export function unsupported(what: string, since: string): RocketMQError {
  return new RocketMQError('UNSUPPORTED', `${what} comes with version ${since}`);
}
