import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, Disk, LogFields, Logger } from '@cometmq/runtime';
import { nodePorts, type SharedPortOptions } from '@cometmq/runtime/node';
import { onTestFinished } from 'vitest';
import { StandaloneServer } from '../../src/index.js';

export interface FaultServerOptions {
  readonly storeDir?: string;
  readonly port?: number;
  readonly brokerProperties?: Readonly<Record<string, string>>;
  /** Default: real time. */
  readonly clock?: Clock;
  /** Default: real files. */
  readonly disk?: Disk;
  readonly limits?: Omit<SharedPortOptions, 'logger' | 'tls'>;
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** The server as users start it, on a real port; only clock and disk may be simulated. */
export class FaultServer {
  readonly log: LogLine[] = [];
  readonly storeDir: string;
  readonly server: StandaloneServer;

  private constructor(options: FaultServerOptions) {
    this.storeDir = options.storeDir ?? temporaryDirectory();
    const { clock, disk, limits, port = 0, brokerProperties = {} } = options;
    const ports = nodePorts({ logger: this.#logger(), ...(limits ? { port: limits } : {}) });
    this.server = new StandaloneServer(
      {
        port,
        storeDir: this.storeDir,
        brokerProperties: { mappedFileSizeCommitLog: String(16 << 20), ...brokerProperties },
      },
      { ...ports, ...(clock ? { clock } : {}), ...(disk ? { disk } : {}) },
    );
  }

  static async start(options: FaultServerOptions = {}): Promise<FaultServer> {
    const server = new FaultServer(options);
    await server.server.start();
    onTestFinished(() => server.close());
    return server;
  }

  /** `host:port` */
  get address(): string {
    return this.server.namesrv;
  }

  get port(): number {
    return this.server.address.port;
  }

  close(): Promise<void> {
    return this.server.close();
  }

  /** The page as a monitor sees it. */
  async page(path: '/health' | '/ready'): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`http://${this.address}${path}`);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  /** Sum of a metric over its labels. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`http://${this.address}/metrics`)).text();
    const samples = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** Remoting connections with clients; that of the broker with the name server beside it is in memory. */
  async connections(): Promise<number> {
    const text = await (await fetch(`http://${this.address}/metrics`)).text();
    const samples = text.matchAll(/^rocketmq_remoting_connections\{.*kind="(?:tcp|ws)"\} (\d+)$/gm);
    return [...samples].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  #logger(): Logger {
    const write = (level: LogLine['level']) => (message: string, fields?: LogFields) =>
      void this.log.push({ level, message, fields });
    const logger: Logger = {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: () => logger,
    };
    return logger;
  }
}

/** A directory that is gone after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'cometmq-faults-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Looks again and again, until it is so or the test's time is over. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}
