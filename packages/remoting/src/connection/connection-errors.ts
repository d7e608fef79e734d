import { RemotingError } from '../remoting-error.js';

/** What is said when a request gets no answer: what happened, to whom, and what to do. */

export function timeoutError(address: string, request: string, timeoutMs: number, silent: boolean): RemotingError {
  const hint = silent ? 'nothing at all came from it meanwhile: it may be down or cut off' : 'it is alive but slow';
  return new RemotingError(
    'TIMEOUT',
    address,
    `${request} to ${address} got no answer within ${timeoutMs} ms; ${hint}`,
  );
}

export function abortedError(address: string, request: string, signal: AbortSignal): RemotingError {
  const message = `${request} to ${address} was given up by its caller`;
  return new RemotingError('ABORTED', address, message, { cause: signal.reason });
}

export function closedError(address: string, request: string, cause: Error | undefined): RemotingError {
  const why = cause === undefined ? '' : `: ${cause.message}`;
  const message = `the connection to ${address} ended before ${request} was answered${why}`;
  return new RemotingError('CLOSED', address, message, cause && { cause });
}

export function tooManyError(address: string, requests: number): RemotingError {
  const message = `${requests} requests to ${address} are without an answer; wait for some of them or raise the limit`;
  return new RemotingError('TOO_MANY_REQUESTS', address, message);
}

/** The peer takes nothing of what is sent to it. */
export function unreadError(address: string, waitingBytes: number): RemotingError {
  const message = `${address} does not read: ${waitingBytes} bytes wait to be sent`;
  return new RemotingError('TOO_MANY_REQUESTS', address, message);
}
