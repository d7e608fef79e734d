import { browserClock, browserCodecs, browserRandom, browserWsDialer } from '@cometmq/runtime/browser';
import type { RocketMQPorts } from '../client/client-ports.js';

/** The ports of a browser: WebSocket only, no files, no diagnostics channels. */
export function platformPorts(): RocketMQPorts {
  return {
    clock: browserClock,
    random: browserRandom,
    codecs: browserCodecs(),
    dialers: { ws: browserWsDialer() },
    secureDialers: { ws: browserWsDialer({ secure: true }) },
  };
}
