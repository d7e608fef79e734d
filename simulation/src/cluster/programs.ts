import { Broker, type BrokerOptions } from '@cometmq/broker';
import { startNameServer } from '@cometmq/namesrv';
import { type Processor, RemotingServer } from '@cometmq/remoting';
import { CloseStack } from '@cometmq/runtime';
import { RocketMQ } from '@cometmq/sdk';
import type { SimHost } from '@cometmq/testkit';
import type { Program, Running } from './program-slot.js';

export const NAMESRV_PORT = 9876;
export const BROKER_PORT = 10_911;
const STORE = 'store';

export const nameServerProgram: Program = (host) =>
  startNameServer({ listen: { host: host.name, port: NAMESRV_PORT } }, host);

/** Looks at what a broker is asked and what it answers, or changes it. */
export type BrokerTap = (processors: readonly Processor[]) => readonly Processor[];

export function brokerProgram(
  options: Omit<BrokerOptions, 'storePathRootDir' | 'listenPort' | 'brokerIP1'>,
  tap: BrokerTap,
): Program {
  return async (host) => {
    const closing = new CloseStack(host.logger);
    const broker = new Broker(
      { ...options, brokerIP1: host.name, listenPort: BROKER_PORT, storePathRootDir: STORE },
      host,
    );
    const server = new RemotingServer(
      { name: options.brokerName ?? '', processors: tap(broker.processors), admission: broker.admission },
      host,
    );
    await closing.start('remoting', server);
    closing.push('broker', () => broker.close());
    try {
      const listener = await host.acceptor.listen(
        { host: host.name, port: BROKER_PORT },
        { accept: (channel) => server.accept(channel) },
      );
      closing.push('listener', () => listener.close());
      await broker.start();
    } catch (error) {
      await closing.close().catch(() => undefined);
      throw error;
    }
    return { close: () => closing.close() };
  };
}

/** A program over a client; `run` starts what it does with it. */
export function clientProgram(
  namesrv: string,
  instanceName: (life: number) => string,
  run: (mq: RocketMQ, host: SimHost) => Promise<void> | void,
): Program {
  return async (host, life): Promise<Running> => {
    const address = Uint8Array.from(host.name.split('.'), Number);
    const mq = new RocketMQ(
      // Compressors differ between platforms, and a seed shall give the same bytes on all of them.
      { namesrv, instanceName: instanceName(life), compression: false },
      { ...host, identity: { address, pid: life } },
    );
    try {
      await mq.start();
      await run(mq, host);
    } catch (error) {
      await mq.close().catch(() => undefined);
      throw error;
    }
    return { close: () => mq.close() };
  };
}
