import { describe, expect, it } from 'vitest';
import { type Logger, silentLogger } from '../src/telemetry.js';
import { logUnknownOptions } from '../src/unknown-options.js';

function linesOf(unknown: Parameters<typeof logUnknownOptions>[1]): string[] {
  const lines: string[] = [];
  const say =
    (level: string): Logger['info'] =>
    (message, fields) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  const logger: Logger = { ...silentLogger, debug: say('debug'), info: say('info'), warn: say('warn') };
  logUnknownOptions(logger, unknown, new Set(['storeType', 'haListenPort']));
  return lines;
}

describe('logUnknownOptions', () => {
  it('warns of what nobody knows, and only counts what the original knows', () => {
    const source = 'broker.conf';
    expect(
      linesOf([
        { key: 'haListenPort', source, meant: 'listenPort' },
        { key: 'listnPort', source, meant: 'listenPort' },
        { key: 'storeType', source, meant: undefined },
        { key: 'mine', source, meant: undefined },
      ]),
    ).toEqual([
      'warn nobody knows the option listnPort: it is passed over; was listenPort meant? {"key":"listnPort","source":"broker.conf"}',
      'warn nobody knows the option mine: it is passed over {"key":"mine","source":"broker.conf"}',
      `info options of Apache's server that have no effect here: 2 {}`,
      `debug options of Apache's server that have no effect here {"keys":["haListenPort","storeType"]}`,
    ]);
  });

  it('says nothing when all are known', () => {
    expect(linesOf([])).toEqual([]);
  });
});
