import { browserClock, browserCodecs, browserRandom, browserWsDialer } from '@cometmq/runtime/browser';
import type { ClientPorts } from '../client/client-instance.js';
import type { RocketMQOptions } from '../client/options.js';
import { RocketMQ as PortableRocketMQ } from '../client/rocketmq.js';

/** What may be replaced, e.g. by simulated ports in tests. */
export type RocketMQPorts = Omit<ClientPorts, 'logger'> & Partial<Pick<ClientPorts, 'logger'>>;

/** The ports of a browser: WebSocket only, no files, no diagnostics channels. */
export function browserClientPorts(): RocketMQPorts {
  return {
    clock: browserClock,
    random: browserRandom,
    codecs: browserCodecs(),
    dialers: { ws: browserWsDialer() },
    secureDialers: { ws: browserWsDialer({ secure: true }) },
  };
}

/** One connection pool and route cache, shared by the producers and consumers made from it; over WebSocket. */
export class RocketMQ extends PortableRocketMQ {
  /** Does no IO. Throws INVALID_ARGUMENT for options that cannot be. */
  constructor(options: RocketMQOptions, ports: RocketMQPorts = browserClientPorts()) {
    super(options, ports);
  }

  /** Construct and start: `await using mq = await RocketMQ.connect({ namesrv: 'wss://host:9876' })`. */
  static async connect(options: RocketMQOptions, ports?: RocketMQPorts): Promise<RocketMQ> {
    const client = new RocketMQ(options, ports);
    try {
      await client.start();
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }
}
