import { describe, expect, it } from 'vitest';
import { Linger } from '../../src/node/linger.js';

const PATIENCE_MS = 20;

describe('Linger', () => {
  it('has patience while the peer takes something, and cuts off once when it does not', async () => {
    let unsent = 1_000;
    let seenAtCut: number | undefined;
    let cuts = 0;
    const progress = setInterval(() => (unsent = Math.max(400, unsent - 100)), 1);
    const linger = new Linger(PATIENCE_MS);
    await new Promise<void>((resolve) => {
      const cutOff = () => {
        seenAtCut = unsent;
        cuts++;
        resolve();
      };
      linger.start(() => unsent, cutOff);
      linger.start(() => unsent, cutOff);
    });
    clearInterval(progress);
    await new Promise((resolve) => setTimeout(resolve, 3 * PATIENCE_MS));
    expect([seenAtCut, cuts]).toEqual([400, 1]);
  });

  it('does nothing after the end', async () => {
    let cuts = 0;
    const linger = new Linger(PATIENCE_MS);
    linger.start(
      () => 1,
      () => cuts++,
    );
    linger.stop();
    await new Promise((resolve) => setTimeout(resolve, 3 * PATIENCE_MS));
    expect(cuts).toBe(0);
  });
});
