import { RemotingServer, type RemotingServerOptions } from '@cometmq/remoting';
import { CloseStack, formatAddress, type HostPort, type HttpHandler, type Meter, type Ports } from '@cometmq/runtime';
import type { NameServerOptions } from './configuration/namesrv-options.js';
import { NameServer } from './namesrv.js';

export interface StartNameServerOptions {
  /** Where to listen; port 0 takes a free one. Apache's port is 9876. */
  readonly listen: HostPort;
  readonly options?: NameServerOptions;
  readonly remoting?: Omit<RemotingServerOptions, 'processors' | 'name'>;
  /** Health and metrics on the same port. */
  readonly http?: HttpHandler;
}

export interface RunningNameServer extends AsyncDisposable {
  /** Where it listens. */
  readonly address: HostPort;
  /** Idempotent. */
  close(): Promise<void>;
}

/** A name server of its own behind one port: remoting over TCP and WebSocket. */
export async function startNameServer(
  { listen, options, remoting, http }: StartNameServerOptions,
  ports: Ports & { readonly meter?: Meter },
): Promise<RunningNameServer> {
  const closing = new CloseStack(ports.logger);
  try {
    const nameServer = new NameServer(options ?? {}, ports);
    await closing.start('name server', nameServer);
    const server = new RemotingServer({ ...remoting, name: 'namesrv', processors: nameServer.processors }, ports);
    await closing.start('remoting server', server);
    const accept = { accept: (channel: Parameters<typeof server.accept>[0]) => server.accept(channel) };
    const listener = await ports.acceptor.listen(listen, http === undefined ? accept : { ...accept, http });
    closing.push('listener', () => listener.close());
    ports.logger.info('the name server listens', { address: formatAddress(listener.address) });
    const close = () => closing.close();
    return { address: listener.address, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await closing.close().catch(() => {});
    throw error;
  }
}
