import type { Command as CommandLine } from 'commander';
import { Command } from '../command-line.js';
import { resolve } from 'node:path';
import { brokerFileOptions, startBroker } from '@cometmq/standalone';
import { propertyOf, readProperties } from '../properties-source.js';
import { serve } from '../serve.js';
import { addServerFlags, loggerOf, platformOf, type ServerFlags } from '../server-options.js';
import { UsageError } from '../usage-error.js';

/** `cometmq broker`: a broker alone, registered with name servers elsewhere. */
export function brokerCommand(): CommandLine {
  const command = new Command('broker')
    .description('start a broker alone and register it with name servers')
    .option('-n, --namesrv <addresses>', 'name servers, separated by ";" (default: namesrvAddr of the settings)')
    .option('--store <directory>', 'where messages are kept (default: storePathRootDir of the settings, else ./data)');
  return addServerFlags(command, { port: 10_911, config: 'broker.conf' }).action(
    async (flags: ServerFlags & { store?: string; namesrv?: string }) => {
      const logger = loggerOf(flags);
      const properties = readProperties(
        { file: flags.config, environment: process.env, flags: flags.set },
        brokerFileOptions,
      );
      const namesrv = flags.namesrv ?? propertyOf(properties, 'namesrvAddr');
      if (namesrv === undefined || namesrv.trim() === '')
        throw new UsageError(
          'a broker needs name servers: give --namesrv host:port or namesrvAddr in the settings (cometmq start has its own)',
        );
      const storeDir = resolve(flags.store ?? propertyOf(properties, 'storePathRootDir') ?? 'data');
      const start = async () => {
        const broker = await startBroker(
          { host: flags.host, port: flags.port, storeDir, namesrv, brokerProperties: properties },
          platformOf(flags, logger),
        );
        return { name: 'the broker', address: broker.address, close: () => broker.close() };
      };
      await serve(
        start,
        logger,
        ({ address }) => `The broker is up at ${address}, registered with ${namesrv}; its store is ${storeDir}\n`,
      );
    },
  );
}
