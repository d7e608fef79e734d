import { findProperty, MessageProperty, parseDelayLevels, tagsCode } from '@cometmq/protocol';
import type { FoundProperties } from '../ports.js';

/** The delay topic; its entries carry the time of delivery instead of a hash (store-format, 4.1). */
const SCHEDULE_TOPIC = 'SCHEDULE_TOPIC_XXXX';
/** Delay of a level that the table does not have. */
const UNKNOWN_LEVEL_MS = 1000;

/** Computes the tags code of entries; knows the delay levels. */
export class TagsCodes {
  readonly #delaysMs: readonly number[];

  constructor(messageDelayLevel: string) {
    this.#delaysMs = parseDelayLevels(messageDelayLevel);
  }

  /** `found`: what stands in the properties, if that is known. */
  of(topic: string, properties: string, storeTimestamp: number, found?: FoundProperties): number {
    if (properties.length === 0) return 0;
    if (topic === SCHEDULE_TOPIC) {
      const level = Number.parseInt(findProperty(properties, MessageProperty.DELAY_TIME_LEVEL) ?? '', 10);
      if (level > 0) {
        const known = Math.min(level, this.#delaysMs.length);
        return storeTimestamp + (this.#delaysMs[known - 1] ?? UNKNOWN_LEVEL_MS);
      }
    }
    return tagsCode(found === undefined ? findProperty(properties, MessageProperty.TAGS) : found.tags);
  }
}
