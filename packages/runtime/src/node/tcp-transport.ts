import type { Dialer } from '../transport.js';
import { connectSocket } from './connect-socket.js';
import { TcpChannel } from './tcp-channel.js';
import type { ClientTls } from './tls.js';

/** Dials Apache's remoting over TCP, with TLS when `tls` is given. */
export function tcpDialer(options: { readonly tls?: ClientTls } = {}): Dialer {
  const { tls } = options;
  return {
    kind: 'tcp',
    connect: (address, dial) =>
      connectSocket(address, dial, tls, (socket) => new TcpChannel(socket, tls !== undefined)),
  };
}
