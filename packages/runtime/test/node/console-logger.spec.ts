import { describe, expect, it } from 'vitest';
import { consoleLogger, type ConsoleLoggerOptions } from '../../src/node/console-logger.js';

function setUp(options: ConsoleLoggerOptions) {
  const lines: string[] = [];
  const logger = consoleLogger({ now: () => 1_700_000_000_123, write: (line) => void lines.push(line), ...options });
  return { lines, logger };
}

describe('consoleLogger', () => {
  it('writes one JSON object a line for programs', () => {
    const { lines, logger } = setUp({ format: 'json' });
    const error = new Error('disk is full', { cause: new Error('ENOSPC') });
    logger.child({ broker: 'a' }).error('flush failed', { error, offset: 12n });
    logger.info('started');
    expect(lines.every((line) => line.endsWith('}\n'))).toBe(true);
    const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({
      time: '2023-11-14T22:13:20.123Z',
      level: 'error',
      message: 'flush failed',
      broker: 'a',
      offset: '12',
      error: { name: 'Error', message: 'disk is full', cause: { message: 'ENOSPC' } },
    });
    expect(second).toEqual({ time: '2023-11-14T22:13:20.123Z', level: 'info', message: 'started' });
  });

  it('writes readable lines for people', () => {
    const { lines, logger } = setUp({ format: 'text' });
    logger.warn('slow sync', { path: '/store', ms: 12, more: { a: 1 } });
    expect(lines[0]).toContain('22:13:20.123');
    expect(lines[0]).toContain('WARN');
    expect(lines[0]).toContain('slow sync path=/store ms=12 more={"a":1}\n');
    logger.error('failed', { error: new Error('why') });
    expect(lines[1]).toMatch(/failed error=why\nError: why\n {4}at /);
    logger.info('tried again', { error: new Error('why') });
    expect(lines[2]).toMatch(/tried again error=why\n$/);
  });

  it('leaves out what is below its level', () => {
    const { lines, logger } = setUp({ format: 'json', level: 'warn' });
    logger.debug('a');
    logger.info('b');
    logger.warn('c');
    setUp({ level: 'silent' }).logger.error('d');
    expect(lines.length).toBe(1);
  });

  it('never fails', () => {
    const { lines, logger } = setUp({ format: 'json' });
    const circle: { self?: unknown } = {};
    circle.self = circle;
    logger.info('odd', { circle });
    logger.info('odd', { symbol: Symbol('x'), nothing: undefined });
    expect(lines.length).toBe(2);
  });
});
