import { Decompress } from 'fzstd';
import { WebSocket, WebSocketServer } from 'ws';

const ws = { WebSocket, WebSocketServer };
const fzstd = { Decompress };

/** As in `libraries.ts`, for programs that a bundler makes one file of: these imports it can follow. */
export function webSocketLibrary(): Pick<typeof import('ws'), 'WebSocket' | 'WebSocketServer'> {
  return ws;
}

export function zstdLibrary(): Pick<typeof import('fzstd'), 'Decompress'> {
  return fzstd;
}
