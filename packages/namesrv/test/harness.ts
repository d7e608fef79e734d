import { type RemotingCommand, FrameDecoder, type RequestDefinition, type RequestHeader } from '@cometmq/protocol';
import { type Answer, Connection, RemotingServer } from '@cometmq/remoting';
import {
  type Channel,
  createMeter,
  createPipe,
  type HostPort,
  type Ports,
  seededRandom,
  silentLogger,
  VirtualClock,
} from '@cometmq/runtime';
import { nodeCodecs } from '@cometmq/runtime/node';
import { SimDisk } from '@cometmq/testkit';
import type { NameServerOptions } from '../src/configuration/namesrv-options.js';
import { NameServer } from '../src/namesrv.js';

export interface Endpoint {
  readonly remote?: HostPort;
  readonly local?: HostPort;
  readonly dialed?: HostPort;
}

/** A name server under virtual time, reached over pipes. */
export class TestNameServer {
  readonly clock: VirtualClock;
  readonly simDisk: SimDisk;
  readonly server: NameServer;
  readonly remoting: RemotingServer;
  readonly random = seededRandom(3);
  readonly meter = createMeter();

  /** `before`: one whose disk and time this one takes over. */
  constructor(
    options: NameServerOptions = {},
    { before, dialers }: { before?: TestNameServer; dialers?: Ports['dialers'] } = {},
  ) {
    const clock = before?.clock ?? new VirtualClock();
    this.clock = clock;
    this.simDisk = before?.simDisk ?? new SimDisk({ clock, random: this.random });
    const disk = this.simDisk.mount();
    const ports = {
      clock,
      disk,
      codecs: nodeCodecs(),
      logger: silentLogger,
      random: this.random,
      dialers: dialers ?? {},
      meter: this.meter,
    };
    this.server = new NameServer({ rocketmqHome: '/home', ...options }, ports);
    this.remoting = new RemotingServer({ processors: this.server.processors }, ports);
  }

  async start(): Promise<this> {
    await this.server.start();
    return this;
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.remoting.close();
  }

  /** Topics as the metrics count them. */
  topicCount(): number {
    const gauge = this.meter.gauges.find(({ name }) => name === 'rocketmq_namesrv_topics');
    return [...gauge!.read()][0]!.value;
  }

  /** A raw channel to the server, seen by it at the given addresses. */
  channel({ remote, local, dialed }: Endpoint = {}): Channel {
    const near = remote ?? { host: '10.0.0.99', port: 40_000 };
    const far = local ?? { host: '10.0.0.1', port: 9876 };
    const [client, server] = createPipe(this.clock, { addresses: [near, far], ...(dialed && { dialed }) });
    this.remoting.accept(server);
    return client;
  }

  connect(endpoint: Endpoint = {}): Connection {
    return new Connection(this.channel(endpoint), { request() {} }, { clock: this.clock, logger: silentLogger });
  }

  /** Asks over a connection of its own. */
  async ask<D extends RequestDefinition>(
    definition: D,
    header: RequestHeader<D>,
    options: Parameters<Connection['request']>[2] & Endpoint = {},
  ): Promise<Answer<D>> {
    const connection = this.connect(options);
    const answer = await this.askOver(connection, definition, header, options);
    connection.close();
    return answer;
  }

  async askOver<D extends RequestDefinition>(
    connection: Connection,
    definition: D,
    header: RequestHeader<D>,
    options: Parameters<Connection['request']>[2] = {},
  ): Promise<Answer<D>> {
    const answer = connection.request(definition, header, options);
    await this.clock.settle();
    return answer;
  }

  /** Sends a captured frame as it is and returns what comes back. */
  async replay(frame: Uint8Array, channel = this.channel()): Promise<RemotingCommand | undefined> {
    const answers: RemotingCommand[] = [];
    const decoder = new FrameDecoder();
    channel.attach({
      data: (bytes) => decoder.push(bytes, (command) => answers.push(command)),
      drained() {},
      closed() {},
    });
    channel.send(frame);
    await this.clock.settle();
    return answers[0];
  }
}
