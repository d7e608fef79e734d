import { createRequire } from 'node:module';

/** `commander` by `require`: Node takes several times as long to import CommonJS, and a server's start waits for it. */
export const { Argument, Command, CommanderError, InvalidArgumentError, Option } = createRequire(import.meta.url)(
  'commander',
) as typeof import('commander');
