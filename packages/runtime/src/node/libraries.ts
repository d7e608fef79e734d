type Ws = Pick<typeof import('ws'), 'WebSocket' | 'WebSocketServer'>;
type Fzstd = Pick<typeof import('fzstd'), 'Decompress'>;

const load = (name: string): unknown => process.getBuiltinModule('node:module').createRequire(import.meta.url)(name);
let ws: Ws | undefined;
let fzstd: Fzstd | undefined;

/**
 * `ws`, loaded with the first WebSocket: programs that only speak TCP never need it. By `require`, because Node takes five
 * times as long to import CommonJS. Bundlers, which could not follow that, get `libraries-bundled.ts` (`imports` in package.json).
 */
export function webSocketLibrary(): Ws {
  return (ws ??= load('ws') as Ws);
}

/** `fzstd`, which builds tables when it is loaded, with the first zstd body on a Node without zstd. */
export function zstdLibrary(): Fzstd {
  return (fzstd ??= load('fzstd') as Fzstd);
}
