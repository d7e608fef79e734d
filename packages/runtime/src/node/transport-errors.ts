import { formatAddress, type HostPort, TransportError, type TransportErrorCode } from '../transport.js';

const WHAT_FAILED: Readonly<Record<string, readonly [TransportErrorCode, string]>> = {
  ECONNREFUSED: ['REFUSED', 'nothing listens there; check that the server is started and the port is right'],
  ENOTFOUND: ['UNREACHABLE', 'the host name is not known'],
  EAI_AGAIN: ['UNREACHABLE', 'the host name could not be looked up right now'],
  EHOSTUNREACH: ['UNREACHABLE', 'no route to the host'],
  ENETUNREACH: ['UNREACHABLE', 'no route to the network'],
  EADDRNOTAVAIL: ['UNREACHABLE', 'the address is not one of this machine'],
  ETIMEDOUT: ['TIMEOUT', 'the other side did not answer in time'],
  ECONNRESET: ['CLOSED', 'the other side reset the connection'],
  EPIPE: ['CLOSED', 'the other side has closed the connection'],
  ECONNABORTED: ['CLOSED', 'the connection was aborted'],
  EADDRINUSE: ['ADDRESS_IN_USE', 'the port is taken; stop the program that listens there or choose another port'],
  EACCES: ['REFUSED', 'the operating system does not allow it (ports below 1024 need a privilege)'],
};

/** The operating system's code, also of the attempts that make up an AggregateError. */
export function errnoOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  return Array.isArray(errors) && errors.length > 0 ? errnoOf(errors[0]) : '';
}

function isTlsError(errno: string, message: string): boolean {
  return (
    errno.startsWith('ERR_TLS') ||
    errno.startsWith('ERR_SSL') ||
    /CERT|UNABLE_TO_|SELF_SIGNED|HOSTNAME_MISMATCH/.test(errno) ||
    message.includes('before secure TLS connection was established')
  );
}

/** Says in one sentence what was tried, where, what is wrong and what helps; `error` becomes the cause. */
export function toTransportError(error: unknown, doing: string, address: HostPort): TransportError {
  if (error instanceof TransportError) return error;
  const errno = errnoOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const what = `${doing} ${formatAddress(address)} failed`;
  if (isTlsError(errno, message)) {
    const hint = 'check that the server speaks TLS on this port and that its certificate is trusted here';
    return new TransportError('TLS', `${what}: ${message}; ${hint}`, { cause: error });
  }
  const known = WHAT_FAILED[errno];
  if (known) return new TransportError(known[0], `${what}: ${known[1]} (${errno})`, { cause: error });
  return new TransportError('CLOSED', `${what}: ${message}`, { cause: error });
}
