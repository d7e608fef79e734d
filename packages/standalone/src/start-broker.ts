import { Broker } from '@cometmq/broker';
import { RemotingServer } from '@cometmq/remoting';
import { type Channel, CloseStack, createMeter, formatAddress, type OptionTexts, silentLogger } from '@cometmq/runtime';
import { nodePorts, type NodePortsOptions } from '@cometmq/runtime/node';
import { readBrokerProperties } from './broker-properties.js';
import { brokerPageHealth } from './http/broker-page-health.js';
import { pages } from './http/pages.js';
import { watchProcess } from './http/process-watch.js';

export interface StartBrokerOptions {
  /** Where to listen; default 127.0.0.1. */
  readonly host?: string;
  /** Default 10911; 0 takes a free one. */
  readonly port?: number;
  readonly storeDir: string;
  /** Name servers elsewhere, separated by `;`. */
  readonly namesrv: string;
  /** Keys of Apache's broker.conf. */
  readonly brokerProperties?: OptionTexts;
}

export interface RunningBroker {
  /** `host:port` */
  readonly address: string;
  close(): Promise<void>;
}

/** A broker of its own behind one port, registered with name servers elsewhere. Rejects as `StandaloneServer.start` does. */
export async function startBroker(
  options: StartBrokerOptions,
  platform: Partial<NodePortsOptions> = {},
): Promise<RunningBroker> {
  const meter = createMeter();
  const ports = { ...nodePorts({ logger: silentLogger, ...platform }), meter };
  const { host = '127.0.0.1', port = 10_911, storeDir, namesrv, brokerProperties = {} } = options;
  const brokerOptions = readBrokerProperties(brokerProperties, ports.logger);
  const closing = new CloseStack(ports.logger);
  try {
    watchProcess(meter, ports, closing);
    let server: RemotingServer | undefined;
    let broker: Broker | undefined;
    const accept = (channel: Channel) => (server === undefined ? channel.destroy() : server.accept(channel));
    const http = pages({ gauges: meter.gauges, health: () => brokerPageHealth(broker) });
    const listener = await ports.acceptor.listen({ host, port }, { accept, http });
    // Twice on the stack: last, so that it closes first; and here, for what fails before that.
    closing.push('port', () => listener.close());
    broker = new Broker(
      { ...brokerOptions, storePathRootDir: storeDir, listenPort: listener.address.port, namesrvAddr: namesrv },
      ports,
    );
    const started = broker;
    server = new RemotingServer({ name: 'broker', processors: broker.processors, admission: broker.admission }, ports);
    await closing.start('remoting', server);
    closing.push('broker', () => started.close());
    closing.push('listener', () => listener.close());
    await broker.start();
    return { address: formatAddress(listener.address), close: () => closing.close() };
  } catch (error) {
    await closing.close().catch(() => undefined);
    throw error;
  }
}
