import { describe, expect, it } from 'vitest';
import { parseEventLoopDelayMs } from '../../src/servers/event-loop-delay.js';

describe('the delay of the event loop', () => {
  it('is read from a gauge or a summary in seconds', () => {
    expect(parseEventLoopDelayMs('# HELP x\nrocketmq_event_loop_delay_p999_seconds 0.0125\n')).toBe(12.5);
    expect(
      parseEventLoopDelayMs(
        'nodejs_eventloop_lag_seconds{quantile="0.5"} 1\nnodejs_eventloop_lag_seconds{quantile="0.999"} 0.002\n',
      ),
    ).toBe(2);
  });
  it('is unknown when the page does not have it', () =>
    expect(parseEventLoopDelayMs('rocketmq_broker_messages_in_total 3\n')).toBeUndefined());
});
