import type { PreparedRequest } from '@cometmq/protocol';
import type { PublishInfo } from '../routing/publish-info.js';
import type { EncodedMessage } from './encoded-message.js';

/** Each is half a kilobyte: topics that are many share the room, and begin anew when it is full. */
const MAX_PREPARED = 4096;

/** The prepared requests of one producer, by queue and by what the properties begin with. */
export class PreparedSends {
  /** Forgotten with the route they belong to. */
  #byRoute = new WeakMap<PublishInfo, (PreparedRequest | undefined)[]>();
  #count = 0;

  get(info: PublishInfo, index: number, message: EncodedMessage): PreparedRequest | undefined {
    return this.#byRoute.get(info)?.[placeOf(info, index, message)];
  }

  set(info: PublishInfo, index: number, message: EncodedMessage, prepared: PreparedRequest): void {
    if (this.#count === MAX_PREPARED) {
      this.#byRoute = new WeakMap();
      this.#count = 0;
    }
    let requests = this.#byRoute.get(info);
    if (requests === undefined) {
      requests = [];
      this.#byRoute.set(info, requests);
    }
    requests[placeOf(info, index, message)] = prepared;
    this.#count++;
  }
}

/** Messages with one place have one header but for what varies. */
function placeOf({ queues }: PublishInfo, index: number, { start, compressed }: EncodedMessage): number {
  const kind = start.index * 2 + (compressed === undefined ? 0 : 1);
  return kind * queues.length + index;
}
