import { namesrvOptions } from '@cometmq/namesrv';
import { startNamesrv } from '@cometmq/standalone';
import type { Command as CommandLine } from 'commander';
import { Command } from '../command-line.js';
import { resolve } from 'node:path';
import { readProperties } from '../properties-source.js';
import { serve } from '../serve.js';
import { addServerFlags, loggerOf, platformOf, type ServerFlags } from '../server-options.js';

/** `cometmq namesrv`: a name server alone. */
export function namesrvCommand(): CommandLine {
  const command = new Command('namesrv')
    .description('start a name server alone')
    .option('--store <directory>', 'where its KV configuration is kept', 'data');
  return addServerFlags(command, { port: 9876, config: 'namesrv.conf' }).action(
    async (flags: ServerFlags & { store: string }) => {
      const logger = loggerOf(flags);
      const properties = readProperties(
        { file: flags.config, environment: process.env, flags: flags.set },
        namesrvOptions,
      );
      const start = async () => {
        const started = await startNamesrv(
          { host: flags.host, port: flags.port, storeDir: resolve(flags.store), namesrvProperties: properties },
          platformOf(flags, logger),
        );
        return { name: 'the name server', ...started };
      };
      await serve(start, logger, ({ address }) => `The name server is up at ${address}\n`);
    },
  );
}
