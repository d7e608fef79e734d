import { connect as connectTcp, type Socket } from 'node:net';
import { type DialOptions, formatAddress, type HostPort, TransportError } from '../transport.js';
import { tls as nodeTls } from './builtins.js';
import { type ClientTls, clientTlsOptions } from './tls.js';
import { toTransportError } from './transport-errors.js';

/** Why an abort signal ended an attempt to connect. */
export function abortedError(address: HostPort, signal: AbortSignal): TransportError {
  const message = `connecting to ${formatAddress(address)} was given up by the caller`;
  return new TransportError('CLOSED', message, { cause: signal.reason });
}

/**
 * Connects, with TLS when `tls` is given, and calls `onConnected` from inside the event, before anything else can happen
 * to the socket; what that returns is the result. The whole attempt is bounded by `timeoutMs` and the signal.
 */
export function connectSocket<T>(
  address: HostPort,
  options: DialOptions,
  tls: ClientTls | undefined,
  onConnected: (socket: Socket) => T | Promise<T>,
): Promise<T> {
  const { signal, timeoutMs } = options;
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) return reject(abortedError(address, signal));
    const target = { host: address.host, port: address.port, noDelay: true };
    const socket = tls ? nodeTls().connect({ ...target, ...clientTlsOptions(tls, address.host) }) : connectTcp(target);
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off('error', onError).off('close', onClose);
    };
    const fail = (error: TransportError) => {
      settle();
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const onError = (error: Error) => fail(toTransportError(error, 'connecting to', address));
    const onClose = () => fail(toTransportError(new Error('closed at once'), 'connecting to', address));
    const onAbort = () => fail(abortedError(address, signal!));
    const onTimeout = () => {
      const where = formatAddress(address);
      const hint = 'check the address, and firewalls between';
      fail(new TransportError('TIMEOUT', `connecting to ${where} took longer than ${timeoutMs} ms; ${hint}`));
    };
    const timer = setTimeout(onTimeout, timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.on('error', onError).on('close', onClose);
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      settle();
      if (tls) socket.setNoDelay(true);
      resolve(onConnected(socket));
    });
  });
}
