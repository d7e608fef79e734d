import { resolve } from 'node:path';
import { namesrvOptions } from '@cometmq/namesrv';
import { brokerFileOptions, startStandalone } from '@cometmq/standalone';
import type { Command as CommandLine } from 'commander';
import { Command } from '../command-line.js';
import { startBanner } from '../banner.js';
import { onlyKeys, propertyOf, readProperties } from '../properties-source.js';
import { serve } from '../serve.js';
import { addServerFlags, loggerOf, platformOf, type ServerFlags } from '../server-options.js';

interface StartFlags extends ServerFlags {
  readonly store?: string;
}

/** rocketmqHome is the store directory here. */
const isOfNamesrv = (key: string): boolean =>
  Object.hasOwn(namesrvOptions, key) && !Object.hasOwn(brokerFileOptions, key) && key !== 'rocketmqHome';

/** `cometmq start`: name server and broker in one process on one port. */
export function startCommand(): CommandLine {
  const command = new Command('start')
    .description('start name server and broker in one process on one port')
    .addHelpText(
      'after',
      `
Prints "ready host:port" when it answers. SIGTERM or SIGINT ends it in order, with exit code 0.
HTTP on the same port: /health, /ready, /metrics.
Settings are those of the broker and of the name server.

Examples:
  cometmq start
  cometmq start --host 0.0.0.0 --store /var/lib/cometmq -c broker.conf
  cometmq start --port 0 --set flushDiskType=SYNC_FLUSH --set autoCreateTopicEnable=false`,
    );
  command.option(
    '--store <directory>',
    'where messages are kept (default: storePathRootDir of the settings, else ./data)',
  );
  return addServerFlags(command, { port: 9876, config: 'broker.conf and namesrv.conf' }).action(
    async (flags: StartFlags) => {
      const began = performance.now();
      const logger = loggerOf(flags);
      const properties = readProperties(
        { file: flags.config, environment: process.env, flags: flags.set },
        { ...namesrvOptions, ...brokerFileOptions },
      );
      const storeDir = resolve(
        flags.store ?? process.env['COMETMQ_STORE'] ?? propertyOf(properties, 'storePathRootDir') ?? 'data',
      );
      const start = async () => {
        const server = await startStandalone(
          {
            host: flags.host,
            port: flags.port,
            storeDir,
            brokerProperties: onlyKeys(properties, (key) => !isOfNamesrv(key)),
            namesrvProperties: onlyKeys(properties, isOfNamesrv),
          },
          platformOf(flags, logger),
        );
        return { name: 'the server', address: server.namesrv, close: () => server.close() };
      };
      await serve(start, logger, ({ address }) =>
        startBanner({
          address,
          storeDir,
          flushDiskType: propertyOf(properties, 'flushDiskType') ?? 'ASYNC_FLUSH',
          startedInMs: performance.now() - began,
        }),
      );
    },
  );
}
