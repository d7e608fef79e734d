import {
  type ArgumentsHost,
  BadRequestException,
  Catch,
  type ExceptionFilter,
  NotFoundException,
  UnprocessableEntityException,
  UseFilters,
} from '@nestjs/common';
import { ack, Consumer, type HandlerContext, type MessageView, OnMessage, reject, retry } from '@cometmq/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RocketMQExecutionContext } from '../../src/index.js';
import { startApp } from '../test-app.js';
import { IMPATIENT, startCluster, type TestCluster, until } from '../test-cluster.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.close());

class Failure extends Error {}

const outcomes: Record<string, (error: Failure, host: ArgumentsHost) => unknown> = {
  nothing: () => undefined,
  'a promise of nothing': async () => undefined,
  value: () => 'handled',
  ack: () => ack(),
  again: () => retry(),
  reject: () => reject('the filter says so'),
  rethrows: (error) => {
    throw error;
  },
  settles: (_error, host) => RocketMQExecutionContext.from(host).getDelivery().reject('settled'),
};

@Catch(Failure)
class Filter implements ExceptionFilter<Failure> {
  catch(error: Failure, host: ArgumentsHost): unknown {
    return outcomes[error.message]!(error, host);
  }
}

/** Fails on its first two attempts, then lets the message pass. */
@Consumer({ group: 'f-outcomes', topic: 'f-outcomes', ...IMPATIENT })
@UseFilters(Filter)
class Failing {
  readonly attempts = new Map<string, number>();
  @OnMessage() on(body: string, _message: MessageView, _context: HandlerContext) {
    const attempt = (this.attempts.get(body) ?? 0) + 1;
    this.attempts.set(body, attempt);
    if (attempt < 3) throw new Failure(body);
  }
}

describe('a filter', () => {
  it('handles what it returns a value or a promise for; returning nothing it has not handled it', async () => {
    await cluster.createTopic('f-outcomes');
    await using started = await startApp(cluster, { providers: [Failing] });
    for (const outcome of Object.keys(outcomes)) await cluster.send('f-outcomes', outcome);
    const dead = await cluster.deadLetters('f-outcomes', 2);
    const { attempts } = started.app.get(Failing);
    await until(() => attempts.size === Object.keys(outcomes).length);
    expect(Object.fromEntries(attempts)).toEqual({
      nothing: 3,
      'a promise of nothing': 1,
      value: 1,
      ack: 1,
      again: 3,
      reject: 1,
      rethrows: 3,
      settles: 1,
    });
    expect(dead.map(({ body }) => body)).toEqual(['reject', 'settles']);
    const told = started.log.lines.filter((line) => line.includes('return ack(), retry() or reject()'));
    expect(told).toEqual([expect.stringMatching(/warn filter Filter let an exception of Failing\.on pass/)]);
  });
});

describe('without a filter', () => {
  it('refusals of pipes and guards reject the message, other exceptions have it consumed again', async () => {
    await cluster.createTopic('f-none');
    const exceptions: Record<string, () => unknown> = {
      bad: () => new BadRequestException(['one', 'two']),
      unprocessable: () => new UnprocessableEntityException('cannot'),
      'not found': () => new NotFoundException('yet'),
      text: () => 'a text',
    };
    @Consumer({ group: 'f-none', topic: 'f-none', ...IMPATIENT })
    class Throws {
      readonly attempts: string[] = [];
      @OnMessage() on(body: string) {
        const again = this.attempts.includes(body);
        this.attempts.push(body);
        if (!again) throw exceptions[body]!();
      }
    }
    await using started = await startApp(cluster, { providers: [Throws] });
    for (const kind of Object.keys(exceptions)) await cluster.send('f-none', kind);
    const { attempts } = started.app.get(Throws);
    await until(() => attempts.length === 6);
    expect(attempts).toEqual(['bad', 'unprocessable', 'not found', 'not found', 'text', 'text']);
    expect((await cluster.deadLetters('f-none', 2)).map(({ body }) => body)).toEqual(['bad', 'unprocessable']);
    expect(started.log.find('400 one; two')).toBeDefined();
    expect(started.log.find('422 cannot')).toBeDefined();
  });
});
