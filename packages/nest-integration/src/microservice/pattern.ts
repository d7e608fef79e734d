import { RocketMQError, type Subscription } from '@cometmq/sdk';

const SHAPE = "'topic', { topic, tags } or { topic, sql }";

function invalid(pattern: string): RocketMQError {
  return new RocketMQError('INVALID_ARGUMENT', `pattern ${pattern} names no topic: take ${SHAPE}`);
}

function parsed(pattern: string): unknown {
  if (!pattern.startsWith('{')) return pattern;
  try {
    return JSON.parse(pattern);
  } catch (cause) {
    throw new RocketMQError('INVALID_ARGUMENT', `pattern ${pattern} cannot be read: take ${SHAPE}`, { cause });
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** What a pattern subscribes: Nest hands object patterns over as JSON. Throws INVALID_ARGUMENT for what names no topic. */
export function subscriptionOf(pattern: string): Subscription {
  const value = parsed(pattern);
  if (isText(value)) return { topic: value };
  const { topic, tags, sql } = value as { topic?: unknown; tags?: unknown; sql?: unknown };
  if (!isText(topic)) throw invalid(pattern);
  if (isText(sql)) return { topic, filter: { sql } };
  return isText(tags) ? { topic, filter: tags } : { topic };
}

/** Where an event goes: `'topic'` or `{ topic, tags }`. Throws INVALID_ARGUMENT for what names no topic. */
export function targetOf(pattern: unknown): { topic: string; tags?: string } {
  if (isText(pattern)) return { topic: pattern };
  const { topic, tags } = (pattern ?? {}) as { topic?: unknown; tags?: unknown };
  if (!isText(topic)) throw invalid(JSON.stringify(pattern));
  return isText(tags) ? { topic, tags } : { topic };
}
