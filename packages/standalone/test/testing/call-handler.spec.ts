import { ack, reject, RejectMessageError, retry } from '@cometmq/sdk';
import { of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { messageOf, outcomeOf } from '../../src/testing/call-handler.js';

describe('a handler without a server', () => {
  it('gets a whole message from the parts that matter', () => {
    const message = messageOf<{ id: number }>({ topic: 'orders', body: { id: 7 }, tags: 'created' });
    expect(message).toMatchObject({ topic: 'orders', originTopic: 'orders', tags: 'created', reconsumeTimes: 0 });
    expect(message.queue.topic).toBe('orders');
    expect(JSON.parse(message.raw.toString())).toEqual({ id: 7 });
    expect(messageOf<{ id: number }>({ raw: Buffer.from('{"id":8}') }).body).toEqual({ id: 8 });
  });

  it('is judged as a consumer would', async () => {
    expect(await outcomeOf(() => undefined)).toBe('ack');
    expect(await outcomeOf(async () => ack())).toBe('ack');
    expect(await outcomeOf(() => ({ action: 'anything' }))).toBe('ack');
    expect(await outcomeOf(async () => retry({ afterMs: 5 }))).toBe('retry');
    expect(await outcomeOf(() => reject('no'))).toBe('reject');
    expect(await outcomeOf(() => Promise.reject(new Error('no')))).toBe('retry');
    expect(
      await outcomeOf(() => {
        throw new RejectMessageError('no');
      }),
    ).toBe('reject');
  });

  it('is judged by the end of what it returns', async () => {
    expect(await outcomeOf(() => of(1, 2))).toBe('ack');
    expect(await outcomeOf(() => of(ack(), retry()))).toBe('retry');
    expect(await outcomeOf(() => throwError(() => new RejectMessageError('no')))).toBe('reject');
    const fails = async function* () {
      yield ack();
      throw new Error('in the end');
    };
    expect(await outcomeOf(() => fails())).toBe('retry');
  });
});
