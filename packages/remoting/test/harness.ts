import { defineRequest, int32, optional, text } from '@cometmq/protocol';
import {
  type Channel,
  type ChannelHandler,
  createPipe,
  type Dialer,
  type HostPort,
  type LogFields,
  type Logger,
  type PipeOptions,
  seededRandom,
  TransportError,
  VirtualClock,
} from '@cometmq/runtime';
import { RemotingClient, type RemotingClientOptions } from '../src/client/remoting-client.js';
import { Connection, type ConnectionEvents } from '../src/connection/connection.js';
import type { ConnectionOptions } from '../src/connection/connection-options.js';
import { RemotingError } from '../src/remoting-error.js';
import { type Processor, processor } from '../src/server/processor.js';
import { RemotingServer, type RemotingServerOptions } from '../src/server/remoting-server.js';

/** Answers its body and its number. */
export const echo = defineRequest({
  code: 9001,
  name: 'TEST_ECHO',
  request: { number: int32(), note: optional(text()) },
  response: { number: int32() },
});

/** Never answered by the processors here. */
export const silence = defineRequest({ code: 9002, name: 'TEST_SILENCE' });

export const echoProcessor: Processor = processor(echo, ({ header, body }) => ({
  code: 0,
  header: { number: header.number },
  body,
}));

export const silenceProcessor: Processor = processor(silence, () => undefined);

export interface LoggedLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

export class RecordingLogger implements Logger {
  readonly lines: LoggedLine[] = [];
  debug = (message: string, fields: LogFields = {}) => void this.lines.push({ level: 'debug', message, fields });
  info = (message: string, fields: LogFields = {}) => void this.lines.push({ level: 'info', message, fields });
  warn = (message: string, fields: LogFields = {}) => void this.lines.push({ level: 'warn', message, fields });
  error = (message: string, fields: LogFields = {}) => void this.lines.push({ level: 'error', message, fields });
  child = () => this;
}

/** Passes everything through and remembers the sizes of what was sent. */
export class RecordingChannel implements Channel {
  readonly sends: number[] = [];

  constructor(private readonly inner: Channel) {}

  get kind() {
    return this.inner.kind;
  }
  get secure() {
    return this.inner.secure;
  }
  get local() {
    return this.inner.local;
  }
  get remote() {
    return this.inner.remote;
  }
  get bufferedBytes() {
    return this.inner.bufferedBytes;
  }
  attach(handler: ChannelHandler): void {
    this.inner.attach(handler);
  }
  send(bytes: Uint8Array): void {
    this.sends.push(bytes.length);
    this.inner.send(bytes);
  }
  pause(): void {
    this.inner.pause();
  }
  resume(): void {
    this.inner.resume();
  }
  close(): void {
    this.inner.close();
  }
  destroy(reason?: Error): void {
    this.inner.destroy(reason);
  }
}

/** Takes everything and gives nothing: a peer whose machine has gone. */
export class DeadChannel implements Channel {
  readonly kind = 'memory';
  readonly secure = false;
  readonly local = { host: 'memory', port: 1 };
  readonly remote = { host: 'memory', port: 2 };
  readonly bufferedBytes = 0;
  state: 'open' | 'closed' | 'destroyed' = 'open';
  attach(_handler: ChannelHandler): void {}
  send(): void {}
  pause(): void {}
  resume(): void {}
  close(): void {
    this.state = 'closed';
  }
  destroy(): void {
    this.state = 'destroyed';
  }
}

export const noEvents: ConnectionEvents = { request() {} };

export function ports(clock = new VirtualClock()) {
  return { clock, random: seededRandom(1), logger: new RecordingLogger() };
}

/** A server and one bare client connection to it, over a pipe under virtual time. */
export function serverAndConnection(
  options: Partial<RemotingServerOptions> = {},
  connection: ConnectionOptions = {},
  pipe: PipeOptions = {},
) {
  const common = ports();
  const server = new RemotingServer({ processors: [echoProcessor, silenceProcessor], ...options }, common);
  const [near, far] = createPipe(common.clock, pipe);
  const clientChannel = new RecordingChannel(near);
  const serverChannel = new RecordingChannel(far);
  server.accept(serverChannel);
  const client = new Connection(clientChannel, noEvents, common, connection);
  return { ...common, server, client, clientChannel, serverChannel };
}

/** Servers by port, dialled over pipes. */
export class MemoryNetwork {
  readonly servers = new Map<number, (channel: Channel) => void>();
  /** Addresses that were dialled, in order. */
  readonly dials: HostPort[] = [];

  constructor(private readonly clock: VirtualClock) {}

  /** Tests put something in its place. */
  dial = (address: HostPort): Promise<Channel> => {
    const accept = this.servers.get(address.port);
    if (accept === undefined) return Promise.reject(new TransportError('REFUSED', `nobody listens on ${address.port}`));
    const [near, far] = createPipe(this.clock);
    accept(far);
    return Promise.resolve(near);
  };

  readonly dialer: Dialer = {
    kind: 'memory',
    connect: (address) => {
      this.dials.push(address);
      return this.dial(address);
    },
  };
}

/** A client that reaches servers over a memory network, and one server on port 1. */
export function clientAndServer(
  options: Partial<RemotingServerOptions> = {},
  clientOptions: Partial<RemotingClientOptions> = {},
) {
  const common = ports();
  const network = new MemoryNetwork(common.clock);
  const server = new RemotingServer({ processors: [echoProcessor, silenceProcessor], ...options }, common);
  network.servers.set(1, (channel) => server.accept(channel));
  const client = new RemotingClient(
    { defaultKind: 'memory', ...clientOptions },
    { ...common, dialers: { memory: network.dialer } },
  );
  return { ...common, network, server, client };
}

/** What a call fails with; a call that does not fail at all is an error, as is any other failure. */
export async function failure(call: Promise<unknown>): Promise<RemotingError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof RemotingError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
