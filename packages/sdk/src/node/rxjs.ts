import type { Rxjs } from '../rx/rxjs-bundled.js';

let loaded: Rxjs | undefined;

/**
 * The very copy of rxjs that the program imports itself, loaded with the first stream: its 200 files take as long as everything
 * else a first message needs, and who awaits promises never needs them.
 */
export function rxjs(): Rxjs {
  return (loaded ??= process.getBuiltinModule('node:module').createRequire(import.meta.url)('rxjs') as Rxjs);
}
