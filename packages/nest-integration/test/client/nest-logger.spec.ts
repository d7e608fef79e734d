import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nestLogger } from '../../src/client/nest-logger.js';
import { LogLines } from '../test-app.js';

let lines: LogLines;
beforeEach(() => {
  lines = new LogLines();
  Logger.overrideLogger(lines);
});
afterEach(() => Logger.overrideLogger(['log']));

describe('nestLogger', () => {
  it("writes the client's fields behind its message", () => {
    const logger = nestLogger('default');
    logger.info('text alone');
    logger.warn({ group: 'g', queue: { id: 1 }, nothing: undefined }, 'said');
    logger.error({ error: new Error('broken'), group: 'g' }, 'failed');
    logger.error({ error: 'a text' }, 'failed');
    logger.debug({}, 'unheard');
    expect(lines.lines).toEqual([
      'log text alone',
      'warn said (group=g queue={"id":1})',
      'error failed: broken (group=g)',
      'error failed: a text',
    ]);
  });
});
