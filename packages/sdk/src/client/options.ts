import type { CompressionAlgorithm, Logger as RuntimeLogger, LogFields } from '@cometmq/runtime';
import type { Codec } from '../message/codec.js';
import type { ConsumeResult } from '../message/consume-result.js';
import type { MessageView } from '../message/message-view.js';
import type { OutgoingMessage, SendResult } from '../message/outgoing-message.js';
import type { RocketMQPorts } from './client-ports.js';
import { RocketMQError } from './errors.js';

/** The shape of pino and of most others: fields first, or the text alone. */
export interface Logger {
  debug(fields: object | string, message?: string): void;
  info(fields: object | string, message?: string): void;
  warn(fields: object | string, message?: string): void;
  error(fields: object | string, message?: string): void;
}

/** Vendor-neutral counters and histograms (prom-client and OpenTelemetry adapters are separate packages). */
export interface MetricsSink {
  count(name: string, by: number, labels: Readonly<Record<string, string>>): void;
  time(name: string, ms: number, labels: Readonly<Record<string, string>>): void;
}

/** Hooks around every send and consume (tracing, context propagation through `properties`). */
export interface ClientHooks {
  /**
   * Around each message that is sent. A batch leaves when every hook of its messages has called `next` or ended without it; a message
   * without an answer has a result that names no place (`queueOffset` -1).
   */
  send?(message: OutgoingMessage, next: (message: OutgoingMessage) => Promise<SendResult>): Promise<SendResult>;
  consume?(message: MessageView, next: () => Promise<ConsumeResult>): Promise<ConsumeResult>;
}

export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly securityToken?: string;
}

export interface CompressionOptions {
  /** `zlib` can be read by every client; `lz4` and `zstd` by clients since 4.9.4, and only where this platform can write them. */
  readonly algorithm: CompressionAlgorithm;
  /** Bodies of at least this many bytes are compressed; default 4096. */
  readonly threshold?: number;
  /** Default 5. */
  readonly level?: number;
}

/** Whom this client trusts and how it identifies itself. Texts are PEM. In a browser the browser decides. */
export interface TlsClientOptions {
  /** Authorities the servers' certificates must come from; default: those of the platform. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly keyPassword?: string;
  /** Name the certificate must carry when it is not the host that is dialled. */
  readonly serverName?: string;
  /** Danger: `false` accepts every certificate. Default true. */
  readonly verify?: boolean;
}

export interface RocketMQOptions {
  /**
   * 'host:port;host:port', an array, or a resolver that is asked again every two minutes.
   * `ws://` (also a bare address) and `wss://` are WebSocket, `tcp://` is Apache's remoting over TCP: all must be of one kind.
   */
  namesrv: string | readonly string[] | (() => Promise<readonly string[]>);
  /** Put in front of every topic and group: `namespace%name`. */
  namespace?: string;
  /** Part of the client id; default: unique per client. Two clients of one group must not share one. */
  instanceName?: string;
  /** Every request is signed with them (ACL). */
  credentials?: Credentials;
  /** TLS for all connections; `wss://` switches it on by itself. In a browser the page's own rules hold. */
  tls?: boolean | TlsClientOptions;
  /** For everything but sends; default 3000. */
  requestTimeoutMs?: number;
  /** How often the routes of used topics are asked for again; default 30000. */
  pollRouteIntervalMs?: number;
  /** Default 30000; the broker forgets a client after 120000. */
  heartbeatIntervalMs?: number;
  /** Default {@link jsonCodec}. */
  codec?: Codec;
  /** Default { algorithm: 'zlib', threshold: 4096 }. */
  compression?: false | CompressionOptions;
  /** Message traces to `RMQ_SYS_TRACE_TOPIC` or the given topic. Comes with version 0.2; until then it must be off. */
  trace?: boolean | { topic: string };
  /** Default: silent. */
  logger?: Logger;
  metrics?: MetricsSink;
  hooks?: ClientHooks;
  /**
   * What the client lives on: clock, chance, network. Default: what the platform has. The embedded server for tests gives out
   * its own, so that a client shares its time and needs no socket.
   */
  ports?: RocketMQPorts;
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** The user's logger in the form the rooms below speak. */
export function runtimeLogger(logger: Logger | undefined, base: LogFields = {}): RuntimeLogger {
  const target = logger ?? silent;
  const write = (level: keyof Logger) => (message: string, fields?: LogFields) =>
    target[level]({ ...base, ...fields }, message);
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => runtimeLogger(logger, { ...base, ...fields }),
  };
}

function checkPositive(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isFinite(value) && value > 0)) return;
  throw new RocketMQError('INVALID_ARGUMENT', `option ${name} must be a number above 0, not ${String(value)}`);
}

/** Throws INVALID_ARGUMENT naming the option that cannot be. */
export function checkOptions(options: RocketMQOptions): void {
  if (
    typeof options.namesrv === 'string'
      ? options.namesrv.trim() === ''
      : Array.isArray(options.namesrv) && options.namesrv.length === 0
  ) {
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      "option namesrv is empty: give a name server's address, as 'localhost:9876'",
    );
  }
  checkPositive('requestTimeoutMs', options.requestTimeoutMs);
  checkPositive('pollRouteIntervalMs', options.pollRouteIntervalMs);
  checkPositive('heartbeatIntervalMs', options.heartbeatIntervalMs);
  if (typeof options.compression === 'object') checkPositive('compression.threshold', options.compression.threshold);
  const { credentials } = options;
  if (credentials !== undefined && (!credentials.accessKey || !credentials.secretKey)) {
    throw new RocketMQError('INVALID_ARGUMENT', 'option credentials needs accessKey and secretKey');
  }
  if (options.trace !== undefined && options.trace !== false) {
    throw new RocketMQError('UNSUPPORTED', 'option trace comes with version 0.2; leave it out');
  }
}
