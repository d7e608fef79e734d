/** One piece of load. Sends end after `ms` or `count` messages, whichever is first. */
export interface Order {
  /**
   * `sync`: `width` threads; `async` and `send`: `width` messages without an answer; `batch`: `width` senders of 32 messages at once;
   * `discard` throws the topic's messages away where they would stay in memory.
   */
  readonly kind: 'sync' | 'async' | 'send' | 'batch' | 'consume' | 'discard';
  readonly topic: string;
  /** Bytes of a body. */
  readonly size: number;
  readonly width: number;
  readonly ms: number;
  readonly count?: number;
  /** A consumer group nobody has used yet. */
  readonly group?: string;
}

export const batchSize = 32;

/** What a load says when it is done. */
export interface LoadResult {
  readonly messages: number;
  readonly errors: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

export type LoadAnswer = LoadResult | { readonly error: string };

export function formatOrder({ kind, ...rest }: Order): string {
  const pairs = Object.entries(rest).filter(([, value]) => value !== undefined);
  return [kind, ...pairs.map(([key, value]) => `${key}=${value}`)].join(' ');
}

export function parseOrder(line: string): Order {
  const [kind, ...pairs] = line.trim().split(' ');
  const values = new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
  const number = (key: string): number => Number(values.get(key));
  const group = values.get('group');
  return {
    kind: kind as Order['kind'],
    topic: values.get('topic') ?? '',
    size: number('size'),
    width: number('width'),
    ms: number('ms'),
    ...(values.has('count') ? { count: number('count') } : {}),
    ...(group === undefined ? {} : { group }),
  };
}
