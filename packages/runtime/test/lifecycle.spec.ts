import { describe, expect, it } from 'vitest';
import { CloseStack } from '../src/lifecycle.js';
import { silentLogger } from '../src/telemetry.js';

describe('CloseStack', () => {
  it('closes in reverse, goes on after failures and throws the first', async () => {
    const trace: string[] = [];
    const stack = new CloseStack(silentLogger);
    const part = (name: string, failure?: Error) => ({
      start: () => Promise.resolve(void trace.push(`start ${name}`)),
      close: () => {
        trace.push(`close ${name}`);
        return failure ? Promise.reject(failure) : Promise.resolve();
      },
    });
    await stack.start('a', part('a'));
    await stack.start('b', part('b', new Error('b failed')));
    stack.push('c', () => {
      trace.push('close c');
      throw new Error('c failed');
    });
    await expect(stack.close()).rejects.toThrow('c failed');
    await expect(stack.close()).rejects.toThrow('c failed');
    expect(trace).toEqual(['start a', 'start b', 'close c', 'close b', 'close a']);
  });

  it('closes what failed to start', async () => {
    let closed = false;
    const stack = new CloseStack(silentLogger);
    const failing = {
      start: () => Promise.reject(new Error('no port')),
      close: () => Promise.resolve(void (closed = true)),
    };
    await expect(stack.start('server', failing)).rejects.toThrow('no port');
    await stack.close();
    expect(closed).toBe(true);
  });
});
