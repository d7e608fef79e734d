import { readNameServerOptions, startNameServer } from '@cometmq/namesrv';
import { CloseStack, createMeter, formatAddress, type OptionTexts, silentLogger } from '@cometmq/runtime';
import { nodePorts, type NodePortsOptions } from '@cometmq/runtime/node';
import { pages } from './http/pages.js';
import { watchProcess } from './http/process-watch.js';

export interface StartNamesrvOptions {
  /** Where to listen; default 127.0.0.1. */
  readonly host?: string;
  /** Default 9876; 0 takes a free one. */
  readonly port?: number;
  /** Where its KV configuration is kept, made when missing: Apache's `rocketmqHome`. */
  readonly storeDir: string;
  /** Keys of Apache's namesrv.conf. */
  readonly namesrvProperties?: OptionTexts;
}

export interface RunningNamesrv {
  /** `host:port` */
  readonly address: string;
  close(): Promise<void>;
}

/** A name server alone behind one port, with health and metrics over HTTP. Rejects as `StandaloneServer.start` does. */
export async function startNamesrv(
  options: StartNamesrvOptions,
  platform: Partial<NodePortsOptions> = {},
): Promise<RunningNamesrv> {
  const meter = createMeter();
  const ports = { ...nodePorts({ logger: silentLogger, ...platform }), meter };
  const { host = '127.0.0.1', port = 9876, storeDir, namesrvProperties = {} } = options;
  const namesrvOptions = { rocketmqHome: storeDir, ...readNameServerOptions(namesrvProperties, ports.logger) };
  const closing = new CloseStack(ports.logger);
  watchProcess(meter, ports, closing);
  const http = pages({ gauges: meter.gauges, health: () => ({ status: 'up' }) });
  try {
    const started = await startNameServer({ listen: { host, port }, options: namesrvOptions, http }, ports);
    closing.push('name server', () => started.close());
    return { address: formatAddress(started.address), close: () => closing.close() };
  } catch (error) {
    await closing.close().catch(() => undefined);
    throw error;
  }
}
