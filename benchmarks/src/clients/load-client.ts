/** What every system offers to a load, made with its own client library. */
export interface LoadClient {
  /** Makes the topic (or stream) unless it is there. */
  prepare(topic: string): Promise<void>;
  /** Settles with the server's acknowledgement. */
  send(topic: string, body: Buffer): Promise<unknown>;
  sendBatch(topic: string, bodies: readonly Buffer[]): Promise<unknown>;
  /** Throws the topic's messages away, where they would stay in memory. */
  discard(topic: string): Promise<unknown>;
  /** `group` starts at the beginning; settles when `count` messages are seen and acknowledged. */
  consume(topic: string, group: string, count: number, onMessage: () => void): Promise<void>;
}
