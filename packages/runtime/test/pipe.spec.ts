import { describe, expect, it } from 'vitest';
import { createPipe } from '../src/pipe.js';
import { VirtualClock } from '../src/virtual-clock.js';
import { Recorder } from './node/loopback.js';

describe('createPipe', () => {
  it('carries bytes both ways at the end of the turn, and ends both sides once', async () => {
    const clock = new VirtualClock();
    const [near, far] = createPipe(clock);
    near.send(Buffer.from('early'));
    const client = new Recorder(near);
    const server = new Recorder(far);
    near.send(Buffer.from(' and late'));
    expect(server.count).toBe(0);
    await clock.settle();
    expect(server.received.toString()).toBe('early and late');
    far.send(Buffer.from('answer'));
    await clock.settle();
    far.close();
    await clock.settle();
    expect([client.received.toString(), client.ended, server.ended]).toEqual([
      'answer',
      { error: undefined },
      { error: undefined },
    ]);
    expect([client.closings, server.closings]).toEqual([1, 1]);
  });

  it('takes its time, holds back for a slow reader, and tells of a destroy', async () => {
    const clock = new VirtualClock();
    const [near, far] = createPipe(clock, { latencyMs: 5, highWaterBytes: 100 });
    const client = new Recorder(near);
    const server = new Recorder(far);
    far.pause();
    near.send(Buffer.alloc(150));
    await clock.advance(10);
    expect([server.count, near.bufferedBytes, client.drains]).toEqual([0, 150, 0]);
    far.resume();
    await clock.advance(10);
    expect([server.count, near.bufferedBytes, client.drains]).toEqual([150, 0, 1]);
    near.destroy(new Error('idle'));
    await clock.advance(10);
    expect(client.ended?.error?.message).toBe('idle');
    expect(server.ended?.error).toMatchObject({ code: 'CLOSED' });
  });

  it('hands over what was there when it was sent, in order, though the sender writes on', async () => {
    const clock = new VirtualClock();
    const [near, far] = createPipe(clock, { latencyMs: 3 });
    const server = new Recorder(far);
    const lent = Buffer.from('one ');
    near.send(lent);
    lent.fill(0);
    await clock.advance(1);
    near.send(Buffer.from('two'));
    await clock.advance(2);
    expect(server.received.toString()).toBe('one ');
    await clock.advance(1);
    expect(server.received.toString()).toBe('one two');
  });

  it('lets a slow reader see all that was sent before an end in order', async () => {
    const clock = new VirtualClock();
    const [near, far] = createPipe(clock);
    const server = new Recorder(far);
    far.pause();
    near.send(Buffer.from('last words'));
    near.close();
    near.send(Buffer.from('never'));
    await clock.settle();
    expect([server.count, server.closings]).toEqual([0, 0]);
    far.resume();
    await clock.settle();
    expect([server.received.toString(), server.closings]).toEqual(['last words', 1]);
  });

  it('can be attached once only', () => {
    const [near] = createPipe(new VirtualClock());
    void new Recorder(near);
    expect(() => new Recorder(near)).toThrow('only once');
  });
});
