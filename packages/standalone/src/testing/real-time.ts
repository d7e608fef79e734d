import { sleep } from '@cometmq/runtime';
import { nodeClock } from '@cometmq/runtime/node';
import { type EmbeddedTime, REAL_PAUSE_MS } from './embedded-time.js';

/** The operating system's time; no leaps. */
export class RealTime implements EmbeddedTime {
  readonly clock = nodeClock;

  start(): void {}

  stop(): void {}

  progress<T>(work: Promise<T>): Promise<T> {
    return work;
  }

  advance(): Promise<void> {
    const help = "start it with time: 'virtual', or wait with waitFor() and short retryDelaysMs";
    return Promise.reject(new Error(`time is real in this server and cannot be advanced: ${help}`));
  }

  pause(): Promise<void> {
    return sleep(nodeClock, REAL_PAUSE_MS);
  }
}
