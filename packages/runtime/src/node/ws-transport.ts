import { webSocketLibrary } from '#node-libraries';
import type { Socket } from 'node:net';
import { type Dialer, type DialOptions, formatAddress, type HostPort, TransportError } from '../transport.js';
import { abortedError, connectSocket } from './connect-socket.js';
import type { ClientTls } from './tls.js';
import { WS_OPTIONS, WsChannel } from './ws-channel.js';

/** The key that leaves the bytes as they are. */
function zeroMask(key: Buffer): void {
  key.fill(0);
}

const LOOPBACK = /^(?:::1$|(?:::ffff:)?127\.)/;

/**
 * Whether something between the ends may read what is sent: then the key is to be unpredictable (RFC 6455, 10.3). Not on one
 * machine and not under TLS; there the zero key saves a third of the client's and of the server's work (ADR 9).
 */
export function needsMask(remoteAddress: string | undefined, secure: boolean): boolean {
  return !secure && !LOOPBACK.test(remoteAddress ?? '');
}

/** Dials WebSockets (path `/`, binary messages, no compression); `wss` when `tls` is given. */
export function wsDialer(options: { readonly tls?: ClientTls } = {}): Dialer {
  const { tls } = options;
  return {
    kind: 'ws',
    connect(address, dial) {
      const startedAt = performance.now();
      return connectSocket(address, dial, tls, (socket) => {
        const timeoutMs = dial.timeoutMs - (performance.now() - startedAt);
        return upgrade(address, socket, { ...dial, timeoutMs }, tls !== undefined);
      });
    },
  };
}

function refused(address: HostPort, what: string, cause?: unknown): TransportError {
  const where = formatAddress(address);
  const hint = `if that is an Apache RocketMQ server, the address to try is tcp://${where}`;
  return new TransportError('UPGRADE_REFUSED', `${where} refused the WebSocket upgrade (${what}); ${hint}`, { cause });
}

/** Asks for the WebSocket on a connected socket. */
function upgrade(address: HostPort, socket: Socket, dial: DialOptions, secure: boolean): Promise<WsChannel> {
  const { signal, timeoutMs } = dial;
  const { WebSocket } = webSocketLibrary();
  const ws = new WebSocket(`ws://${formatAddress(address)}/`, {
    ...WS_OPTIONS,
    // Without one `ws` takes random keys.
    ...(needsMask(socket.remoteAddress, secure) ? {} : { generateMask: zeroMask }),
    createConnection: () => socket,
  });
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      ws.removeAllListeners();
    };
    const fail = (error: TransportError) => {
      settle();
      ws.on('error', () => {});
      ws.terminate();
      socket.destroy();
      reject(error);
    };
    const onAbort = () => fail(abortedError(address, signal!));
    const timer = setTimeout(() => {
      fail(refused(address, 'no answer in time'));
    }, timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    ws.once('open', () => {
      settle();
      resolve(new WsChannel(ws, socket, secure));
    });
    ws.once('unexpected-response', (_request, response) => {
      fail(refused(address, `it answered HTTP ${response.statusCode}`));
    });
    ws.once('error', (error) => fail(refused(address, error.message, error)));
  });
}
