import {
  type CallHandler,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { ack, Consumer, OnMessage, reject, SendTo } from '@cometmq/sdk';
import { EMPTY, filter, firstValueFrom, map, type Observable, of, throwError } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from '../test-app.js';
import { IMPATIENT, startCluster, type TestCluster } from '../test-cluster.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.close());

@Injectable()
class DropAll implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(filter(() => false));
  }
}
@Catch()
class Caught implements ExceptionFilter {
  catch(error: Error) {
    return reject(error.message);
  }
}

describe('a result', () => {
  it('that is a stream without a value is a success, of the handler and of an interceptor', async () => {
    await cluster.createTopic('r-empty');
    @Consumer({ group: 'r-empty', topic: 'r-empty', ...IMPATIENT })
    @UseFilters(Caught)
    class Empty {
      readonly seen: string[] = [];
      @OnMessage({ filter: { tags: 'handler' } }) handler(body: string) {
        this.seen.push(body);
        return EMPTY;
      }
      @OnMessage({ filter: { tags: 'interceptor' } }) @UseInterceptors(DropAll) interceptor(body: string) {
        this.seen.push(body);
        return of(1);
      }
      // Not the same: here the handler itself expected a value.
      @OnMessage({ filter: { tags: 'inside' } }) inside() {
        return firstValueFrom(EMPTY);
      }
    }
    await using started = await startApp(cluster, { providers: [Empty] });
    await cluster.send('r-empty', '1', { tags: 'handler' });
    await cluster.send('r-empty', '2', { tags: 'interceptor' });
    await cluster.send('r-empty', '3', { tags: 'inside' });
    const { seen } = started.app.get(Empty);
    const [dead] = await cluster.deadLetters('r-empty');
    expect(dead!.body).toBe('3');
    expect(seen).toEqual(['1', '2']);
  });

  it('that is a stream counts with its last value and its error', async () => {
    await cluster.createTopic('r-stream');
    @Consumer({ group: 'r-stream', topic: 'r-stream', ...IMPATIENT })
    @UseFilters(Caught)
    class Streams {
      @OnMessage() on(body: string) {
        if (body === 'error') return throwError(() => new Error('stream'));
        return body === 'reject' ? of(ack(), reject('last')) : of(reject('first'), ack());
      }
    }
    await using _started = await startApp(cluster, { providers: [Streams] });
    for (const body of ['ok', 'reject', 'error']) await cluster.send('r-stream', body);
    expect((await cluster.deadLetters('r-stream', 2)).map(({ body }) => body)).toEqual(['reject', 'error']);
  });
});

describe('@SendTo', () => {
  @Injectable()
  class Doubles implements NestInterceptor {
    intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
      return next.handle().pipe(map((value) => (typeof value === 'number' ? 2 * value : value)));
    }
  }
  @Consumer({ group: 'r-sendto', topic: 'r-sendto', ...IMPATIENT })
  @UseFilters(Caught)
  class Sends {
    @OnMessage({ filter: { tags: 'value' } }) @SendTo('r-sent') async value(body: number) {
      return body;
    }
    @OnMessage({ filter: { tags: 'stream' } }) @SendTo('r-sent') stream(body: number) {
      return of(body, body + 1, undefined);
    }
    @OnMessage({ filter: { tags: 'iterable' } }) @SendTo('r-sent') async *iterable(body: number) {
      yield body;
      yield body + 1;
    }
    @OnMessage({ filter: { tags: 'intercepted' } }) @SendTo('r-sent') @UseInterceptors(Doubles) async doubled(
      body: number,
    ) {
      return body;
    }
    @OnMessage({ filter: { tags: 'rejected' } }) @SendTo('r-sent') @UseInterceptors(Doubles) async rejected() {
      return reject('not sent on');
    }
    @OnMessage({ filter: { tags: 'thrown' } }) @SendTo('r-sent') @UseInterceptors(Doubles) async thrown() {
      throw new Error('filters see it');
    }
  }

  it('sends on every value once, as interceptors leave it, and no verdict', async () => {
    await cluster.createTopic('r-sendto', 'r-sent');
    await using _started = await startApp(cluster, { providers: [Sends] });
    const tags = ['value', 'stream', 'iterable', 'intercepted', 'rejected', 'thrown'];
    for (const [index, tag] of tags.entries()) await cluster.send('r-sendto', 10 * (index + 1), { tags: tag });
    expect((await cluster.deadLetters('r-sendto', 2)).map((message) => message.tags)).toEqual(['rejected', 'thrown']);
    await cluster.send('r-sendto', 90, { tags: 'value' });
    const sent = await cluster.stored('r-sent', 7);
    expect(sent.map(({ body }) => body)).toEqual([10, 20, 21, 30, 31, 80, 90]);
  });
});
