import type { INestApplication, LoggerService, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RocketMQModule, type RocketMQModuleOptions } from '../src/index.js';
import type { TestCluster } from './test-cluster.js';

/** What an application logged. */
export class LogLines implements LoggerService {
  readonly lines: string[] = [];
  log(message: unknown): void {
    this.lines.push(`log ${String(message)}`);
  }
  warn(message: unknown): void {
    this.lines.push(`warn ${String(message)}`);
  }
  error(message: unknown): void {
    this.lines.push(`error ${String(message)}`);
  }
  debug(): void {}
  verbose(): void {}
  find(part: string): string | undefined {
    return this.lines.find((line) => line.includes(part));
  }
}

export interface TestApp extends AsyncDisposable {
  readonly app: INestApplication;
  readonly log: LogLines;
}

export type TestAppOptions = ModuleMetadata & { readonly rocketmq?: Partial<RocketMQModuleOptions> };

/** An initialized application with one client of the cluster; closed when the test ends. */
export async function startApp(
  cluster: TestCluster,
  { rocketmq = {}, imports = [], ...metadata }: TestAppOptions,
  before: (app: INestApplication) => void = () => undefined,
): Promise<TestApp> {
  const log = new LogLines();
  const options = { namesrv: cluster.namesrv, pollRouteIntervalMs: 50, ...rocketmq };
  const module = await Test.createTestingModule({
    imports: [RocketMQModule.forRoot(options), ...imports],
    ...metadata,
  })
    .setLogger(log)
    .compile();
  const app = module.createNestApplication({ logger: log });
  before(app);
  try {
    await app.init();
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
  return { app, log, [Symbol.asyncDispose]: () => app.close() };
}
