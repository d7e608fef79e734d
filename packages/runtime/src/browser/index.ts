export { browserClock } from './browser-clock.js';
export { browserCodecs } from './browser-codecs.js';
export { browserRandom } from './browser-random.js';
export { type BrowserWsOptions, browserWsDialer, type WebSocketLike } from './ws-transport.js';
