import { RocketMQError } from '../client/errors.js';
import type { Codec } from '../message/codec.js';
import { ALLOCATE_NAMES, type AllocateName, type AllocateStrategy } from './assignment/allocate.js';
import { DEFAULT_WINDOW_LIMITS, type WindowLimits } from './process-queue.js';

/** Where a group starts on a queue it has no offset for. */
export type ConsumeFrom = 'last' | 'first' | { readonly timestamp: Date };

export interface PushConsumerOptions {
  group: string;
  /** 'concurrent' (default) or 'orderly': one message at a time per queue, the queue locked on the broker. */
  mode?: 'concurrent' | 'orderly';
  /** 'clustering' (default) shares the queues, 'broadcasting' gives every instance all of them. */
  model?: 'clustering' | 'broadcasting';
  /** Default 'last'. A group that is new on a young topic starts at its beginning all the same, as on Apache's brokers. */
  consumeFrom?: ConsumeFrom;
  /** Handlers running at once; default 20. Orderly: queues at once. */
  concurrency?: number;
  /** Messages handed to one call; default 1. */
  batch?: { size: number };
  /** Default 16; orderly: unlimited. Then the message goes to `%DLQ%<group>`. */
  maxReconsumeTimes?: number;
  /** Orderly: ms to suspend a queue after a failure; default 1000, 10 to 30000. */
  suspendMs?: number;
  /** Default 900000: after that the message is sent back and the slot freed. Orderly handlers are not timed. */
  consumeTimeoutMs?: number;
  /** Back-pressure: pulling from a queue stops at any of these. Default 1000 messages, 100 MiB, a span of 2000 offsets. */
  prefetch?: {
    messages?: number;
    bytes?: number;
    span?: number;
    /** Messages a pull asks for; default 32. */ pullBatch?: number;
    /** Pause between pulls; default 0. */ pullIntervalMs?: number;
  };
  /** How the members share the queues; all must use the same. Default 'averagely'. */
  allocate?: AllocateName | AllocateStrategy;
  /** Let the broker assign queues and use POP (5.x). Comes with version 0.2. */
  pop?: boolean | { invisibleMs: number };
  /** Default: the client's. */
  codec?: Codec;
  /** Broadcasting with a client that has an `instanceName`: where offsets are kept; default `.rocketmq_offsets`. */
  offsetsDir?: string;
}

/** Options with every default filled in. */
export interface ConsumerSettings {
  readonly mode: 'concurrent' | 'orderly';
  readonly model: 'clustering' | 'broadcasting';
  readonly consumeFrom: ConsumeFrom;
  readonly concurrency: number;
  readonly batchSize: number;
  /** Infinity: never to the dead letters. */
  readonly maxReconsumeTimes: number;
  readonly suspendMs: number;
  readonly consumeTimeoutMs: number;
  readonly window: WindowLimits;
  readonly pullBatch: number;
  readonly pullIntervalMs: number;
  readonly allocate: AllocateName | AllocateStrategy;
}

/** A whole number in a range, or INVALID_ARGUMENT naming the option. */
export function within(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RocketMQError(
    'INVALID_ARGUMENT',
    `option ${name} must be a whole number between ${min} and ${max}, not ${String(value)}`,
  );
}

/** One of a few words, or INVALID_ARGUMENT naming the option: a caller may not be typed. */
function oneOf<T extends string>(name: string, value: T, words: readonly T[]): T {
  if (words.includes(value)) return value;
  throw new RocketMQError(
    'INVALID_ARGUMENT',
    `option ${name} must be one of ${words.join(', ')}, not ${String(value)}`,
  );
}

function checkedConsumeFrom(value: ConsumeFrom): ConsumeFrom {
  if (typeof value === 'string') return oneOf<'last' | 'first'>('consumeFrom', value, ['last', 'first']);
  if (!Number.isNaN(value.timestamp.getTime())) return value;
  throw new RocketMQError('INVALID_ARGUMENT', 'option consumeFrom.timestamp is no valid time');
}

/** Throws INVALID_ARGUMENT naming the option that cannot be, UNSUPPORTED for POP. */
export function consumerSettings(options: PushConsumerOptions): ConsumerSettings {
  if (options.pop !== undefined && options.pop !== false) {
    throw new RocketMQError('UNSUPPORTED', 'option pop comes with version 0.2; leave it out');
  }
  const orderly = options.mode === 'orderly';
  const prefetch = options.prefetch ?? {};
  return {
    mode: oneOf('mode', options.mode ?? 'concurrent', ['concurrent', 'orderly']),
    model: oneOf('model', options.model ?? 'clustering', ['clustering', 'broadcasting']),
    consumeFrom: checkedConsumeFrom(options.consumeFrom ?? 'last'),
    concurrency: within('concurrency', options.concurrency ?? 20, 1, 100_000),
    batchSize: within('batch.size', options.batch?.size ?? 1, 1, 1024),
    maxReconsumeTimes:
      options.maxReconsumeTimes === undefined
        ? orderly
          ? Infinity
          : 16
        : within('maxReconsumeTimes', options.maxReconsumeTimes, 0, 2 ** 31 - 1),
    suspendMs: within('suspendMs', options.suspendMs ?? 1000, 10, 30_000),
    consumeTimeoutMs: within('consumeTimeoutMs', options.consumeTimeoutMs ?? 900_000, 100, 2 ** 31 - 1),
    window: {
      messages: within('prefetch.messages', prefetch.messages ?? DEFAULT_WINDOW_LIMITS.messages, 1, 65_535),
      bytes: within('prefetch.bytes', prefetch.bytes ?? DEFAULT_WINDOW_LIMITS.bytes, 1, 2 ** 40),
      span: within('prefetch.span', prefetch.span ?? DEFAULT_WINDOW_LIMITS.span, 1, 65_535),
    },
    pullBatch: within('prefetch.pullBatch', prefetch.pullBatch ?? 32, 1, 1024),
    pullIntervalMs: within('prefetch.pullIntervalMs', prefetch.pullIntervalMs ?? 0, 0, 65_535),
    allocate:
      typeof options.allocate === 'function'
        ? options.allocate
        : oneOf('allocate', options.allocate ?? 'averagely', ALLOCATE_NAMES),
  };
}
