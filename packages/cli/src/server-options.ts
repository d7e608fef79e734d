import { readFileSync } from 'node:fs';
import type { Logger } from '@cometmq/runtime';
import { consoleLogger, type NodePortsOptions, type TlsMode } from '@cometmq/runtime/node';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from './command-line.js';
import { UsageError } from './usage-error.js';

/** Flags that every server command has. */
export interface ServerFlags {
  readonly host: string;
  readonly port: number;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly tlsMode?: TlsMode;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('a port is a number from 0 to 65535; 0 takes a free one');
}

const collect = (value: string, all: readonly string[] = []): string[] => [...all, value];

/** Adds the flags of a server; each can also be given by an environment variable. */
export function addServerFlags(
  command: Command,
  defaults: { readonly port: number; readonly config: string },
): Command {
  return command
    .addOption(
      new Option('--host <address>', 'where to listen; 0.0.0.0 takes connections from everywhere')
        .default('127.0.0.1')
        .env('COMETMQ_HOST'),
    )
    .addOption(
      new Option('--port <number>', '0 takes a free one')
        .default(defaults.port)
        .argParser(portNumber)
        .env('COMETMQ_PORT'),
    )
    .addOption(
      new Option('-c, --config <file>', `settings in the form of Apache's ${defaults.config}`).env('COMETMQ_CONFIG'),
    )
    .option(
      '--set <key=value>',
      'one setting, repeatable; wins over COMETMQ_SET_<KEY>, that over COMETMQ_SET ("key=value;…"), that over the file',
      collect,
    )
    .addOption(
      new Option('--log-level <level>', 'what goes to stderr')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info')
        .env('COMETMQ_LOG_LEVEL'),
    )
    .addOption(
      new Option('--tls-mode <mode>', 'permissive takes plain connections too; default permissive with a certificate')
        .choices(['disabled', 'permissive', 'enforcing'])
        .env('COMETMQ_TLS_MODE'),
    )
    .addOption(new Option('--tls-cert <file>', 'certificate chain, PEM').env('COMETMQ_TLS_CERT'))
    .addOption(new Option('--tls-key <file>', 'private key, PEM').env('COMETMQ_TLS_KEY'));
}

function pem(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read the ${what} ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

export const loggerOf = (flags: ServerFlags): Logger => consoleLogger({ level: flags.logLevel });

/** Logger and TLS of a server. Throws UsageError when a file is missing or only one of certificate and key is given. */
export function platformOf(flags: ServerFlags, logger: Logger): NodePortsOptions {
  const { tlsCert, tlsKey, tlsMode } = flags;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new UsageError('--tls-cert and --tls-key belong together');
  if (tlsCert === undefined || tlsKey === undefined) {
    if (tlsMode !== undefined && tlsMode !== 'disabled')
      throw new UsageError(`--tls-mode ${tlsMode} needs --tls-cert and --tls-key`);
    return { logger };
  }
  const identity = { cert: pem(tlsCert, 'certificate'), key: pem(tlsKey, 'key') };
  return { logger, tls: { identity, ...(tlsMode === undefined ? {} : { mode: tlsMode }) } };
}
