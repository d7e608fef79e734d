import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { EmbeddedRocketMQ, type EmbeddedOptions } from '@cometmq/standalone/testing';
import { ClientHosts } from '../client/client-hosts.js';
import type { RocketMQModuleOptions } from '../module/module-options.js';
import { RocketMQModule } from '../module/rocketmq-module.js';

/** What the module takes beside the options of a client. */
type ServerOptions = Omit<EmbeddedOptions, 'logger'>;

export interface RocketMQTestingOptions extends Partial<RocketMQModuleOptions>, ServerOptions {
  /** A server of yours: it is not stopped with the application, and the options of a server have no effect. */
  server?: EmbeddedRocketMQ;
}

const SERVER_OPTIONS = {
  brokers: true,
  transport: true,
  store: true,
  time: true,
  autoCreateTopics: true,
  queues: true,
  retryDelaysMs: true,
  seed: true,
  handlerPatienceMs: true,
  brokerProperties: true,
  namesrvProperties: true,
} as const satisfies Record<keyof ServerOptions, true>;

/** Ends the server when the clients are closed. */
@Module({})
class EmbeddedServerModule implements OnApplicationShutdown {
  constructor(
    private readonly server: EmbeddedRocketMQ,
    private readonly hosts: ClientHosts,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.hosts.all.map((host) => host.close()));
    await this.server.stop();
  }
}

/** The server belongs to the test. */
@Module({})
class GivenServerModule {}

/**
 * In tests in the place of `RocketMQModule.forRoot`: starts an {@link EmbeddedRocketMQ} with the application and stops it with it. The
 * server is injected as `EmbeddedRocketMQ`, `app.get(EmbeddedRocketMQ)`.
 */
@Module({})
export class RocketMQTestingModule {
  /** Options of the client and of the server. Nothing has to be said. */
  static forRoot({ server, ...options }: RocketMQTestingOptions = {}): DynamicModule {
    const entries = Object.entries(options);
    const ofServer = (key: string) => Object.hasOwn(SERVER_OPTIONS, key);
    const serverOptions = Object.fromEntries(entries.filter(([key]) => ofServer(key))) as ServerOptions;
    const client = Object.fromEntries(entries.filter(([key]) => !ofServer(key))) as Partial<RocketMQModuleOptions>;
    const serverModule: DynamicModule = {
      module: server === undefined ? EmbeddedServerModule : GivenServerModule,
      // Global modules end in the reverse order of their imports: this one stands first.
      global: true,
      providers: [{ provide: EmbeddedRocketMQ, useFactory: () => server ?? EmbeddedRocketMQ.start(serverOptions) }],
      exports: [EmbeddedRocketMQ],
    };
    const clientModule = RocketMQModule.forRootAsync({
      ...(client.name !== undefined && { name: client.name }),
      imports: [serverModule],
      inject: [EmbeddedRocketMQ],
      useFactory: (running: EmbeddedRocketMQ) => ({ ...running.clientOptions(), ...client }),
    });
    return { module: RocketMQTestingModule, imports: [serverModule, clientModule] };
  }
}
