/** What a client was told about a message. */
export interface Acknowledged {
  readonly id: string;
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly physicalOffset: number;
}

const placeOf = (topic: string, queueId: number, queueOffset: number): string => `${topic}/${queueId}/${queueOffset}`;

/** What clients were told and shown, over all lives of a server: it has to stay so. */
export class Ledger {
  readonly acknowledged = new Map<string, Acknowledged>();
  /** Message by place, as consumers have seen it. */
  readonly seen = new Map<string, string>();
  /** What was acknowledged since the last call of `takeFresh`. */
  #fresh: Acknowledged[] = [];
  /** Things that may not happen, in words. */
  readonly contradictions: string[] = [];

  acknowledge(message: Acknowledged): void {
    const before = this.acknowledged.get(message.id);
    if (before !== undefined) this.contradictions.push(`${message.id} was acknowledged twice`);
    this.acknowledged.set(message.id, message);
    this.#fresh.push(message);
  }

  see(topic: string, queueId: number, queueOffset: number, id: string): void {
    const place = placeOf(topic, queueId, queueOffset);
    const before = this.seen.get(place);
    if (before !== undefined && before !== id) this.contradictions.push(`${place} was ${before} and is now ${id}`);
    this.seen.set(place, id);
  }

  takeFresh(): Acknowledged[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }
}
