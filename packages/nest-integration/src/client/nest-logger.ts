import { Logger as NestLogger } from '@nestjs/common';
import type { Logger } from '@cometmq/sdk';

const isError = (value: unknown): value is Error => value instanceof Error;

function show(value: unknown): string {
  if (isError(value)) return value.message;
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
}

function textOf(fields: object | string, message: string | undefined): { text: string; stack: string | undefined } {
  if (typeof fields === 'string') return { text: fields, stack: undefined };
  const { error, ...others } = fields as { error?: unknown };
  const said = Object.entries(others)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${show(value)}`);
  const reason = error === undefined ? '' : `: ${show(error)}`;
  const tail = said.length === 0 ? '' : ` (${said.join(' ')})`;
  return { text: `${message ?? ''}${reason}${tail}`, stack: isError(error) ? error.stack : undefined };
}

/** The client's log through Nest's logger, under the client's name: the default when the options name no logger. */
export function nestLogger(client: string): Logger {
  const logger = new NestLogger(client === 'default' ? 'RocketMQ' : `RocketMQ:${client}`);
  return {
    debug: (fields, message) => logger.debug(textOf(fields, message).text),
    info: (fields, message) => logger.log(textOf(fields, message).text),
    warn: (fields, message) => logger.warn(textOf(fields, message).text),
    error(fields, message) {
      const { text, stack } = textOf(fields, message);
      logger.error(text, stack);
    },
  };
}
