import { parseTagExpression, SUB_ALL, type SubscriptionData } from '@cometmq/protocol';
import { RocketMQError } from '../client/errors.js';

/** '*' | 'TagA || TagB' | SQL92. */
export type Filter = string | { readonly tags: string | readonly string[] } | { readonly sql: string };

export interface Subscription {
  topic: string;
  filter?: Filter;
}

/** A filter in RocketMQ's terms. */
export interface Expression {
  readonly type: 'TAG' | 'SQL92';
  readonly text: string;
  /** Empty: every tag. */
  readonly tags: ReadonlySet<string>;
}

function tagExpression(text: string): Expression {
  const tags = new Set(text.split('||').join('').trim() === '' ? [] : parseTagExpression(text).tagsSet);
  if (tags.size === 0 && text !== '' && text !== SUB_ALL) {
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      `the filter ${JSON.stringify(text)} names no tag; leave it out to get everything`,
    );
  }
  return { type: 'TAG', text: tags.size === 0 ? SUB_ALL : [...tags].join(' || '), tags };
}

/** Throws INVALID_ARGUMENT for a list of no tags and for an empty SQL expression. */
export function expressionOf(filter: Filter | undefined): Expression {
  if (filter === undefined) return tagExpression(SUB_ALL);
  if (typeof filter === 'string') return tagExpression(filter);
  if ('sql' in filter) {
    if (filter.sql.trim() === '') throw new RocketMQError('INVALID_ARGUMENT', 'the filter has an empty SQL expression');
    return { type: 'SQL92', text: filter.sql, tags: new Set() };
  }
  if (typeof filter.tags === 'string') return tagExpression(filter.tags);
  if (filter.tags.length === 0)
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      'the filter has an empty list of tags, which matches nothing; leave it out to get everything',
    );
  return tagExpression(filter.tags.join(' || '));
}

interface TopicSubscription<H> {
  readonly topic: string;
  expression: Expression;
  /** Milliseconds; grows whenever what is subscribed or owned changes (client-behaviour 5). */
  version: number;
  /** The version that brokers have heard of: what pulls name. */
  announced: number;
  readonly handlers: { readonly expression: Expression; readonly handler: H }[];
  /** The handler of all messages, when there is no other. */
  only: H | undefined;
}

const isWhole = ({ type, tags }: Expression): boolean => type === 'SQL92' || tags.size === 0;

/**
 * What a group subscribes, topic by topic: the union of what its handlers want goes to the broker, and each message finds
 * the one handler that wants it.
 */
export class Subscriptions<H> {
  readonly #topics = new Map<string, TopicSubscription<H>>();

  get topics(): string[] {
    return [...this.#topics.keys()];
  }

  get empty(): boolean {
    return this.#topics.size === 0;
  }

  /** Throws INVALID_ARGUMENT when two handlers want the same messages, or when tags and SQL meet in one topic. */
  add(topic: string, filter: Filter | undefined, handler: H, now: number): void {
    const expression = expressionOf(filter);
    const known = this.#topics.get(topic);
    if (known === undefined) {
      const handlers = [{ expression, handler }];
      const only = isWhole(expression) ? handler : undefined;
      this.#topics.set(topic, { topic, expression, version: now, announced: 0, handlers, only });
      return;
    }
    for (const other of known.handlers) refuseOverlap(topic, expression, other.expression);
    known.handlers.push({ expression, handler });
    this.#unite(known, now);
  }

  remove(topic: string, handler: H, now: number): void {
    const known = this.#topics.get(topic);
    const at = known?.handlers.findIndex((each) => each.handler === handler) ?? -1;
    if (known === undefined || at < 0) return;
    known.handlers.splice(at, 1);
    if (known.handlers.length === 0) this.#topics.delete(topic);
    else this.#unite(known, now);
  }

  /** Subscribes a topic that has no handler of its own: the group's retry topic. */
  addWhole(topic: string, now: number): void {
    if (this.#topics.has(topic)) return;
    const expression = expressionOf(undefined);
    this.#topics.set(topic, { topic, expression, version: now, announced: 0, handlers: [], only: undefined });
  }

  /** Handlers of the topic. */
  count(topic: string): number {
    return this.#topics.get(topic)?.handlers.length ?? 0;
  }

  expression(topic: string): Expression | undefined {
    return this.#topics.get(topic)?.expression;
  }

  /** Pulls name the version that brokers have heard of: a newer one would be refused. */
  version(topic: string): number {
    return this.#topics.get(topic)?.announced ?? 0;
  }

  /** Call before a heartbeat; what it returns, when the brokers have heard it. */
  announcing(): () => void {
    const heard = [...this.#topics.values()].map((topic) => [topic, topic.version] as const);
    return () => {
      for (const [topic, version] of heard) topic.announced = Math.max(topic.announced, version);
    };
  }

  /** Queues have changed hands: brokers must take the next heartbeat for newer than the last. */
  touch(now: number): void {
    for (const topic of this.#topics.values()) topic.version = Math.max(topic.version + 1, now);
  }

  /** The handler of a message by the topic it was first sent to and its tag; the broker filters by hash only. */
  handlerFor(topic: string, message: { readonly tags?: string | undefined }): H | undefined {
    const known = this.#topics.get(topic);
    if (known === undefined) return undefined;
    if (known.only !== undefined) return known.only;
    const { tags } = message;
    const exact = tags === undefined ? undefined : known.handlers.find(({ expression }) => expression.tags.has(tags));
    return (exact ?? known.handlers.find(({ expression }) => isWhole(expression)))?.handler;
  }

  /** For the heartbeat. */
  data(): SubscriptionData[] {
    return [...this.#topics.values()].map(({ topic, expression, version }) => {
      const parsed = expression.type === 'TAG' ? parseTagExpression(expression.text) : undefined;
      return {
        classFilterMode: false,
        topic,
        subString: expression.text,
        tagsSet: [...(parsed?.tagsSet ?? [])],
        codeSet: [...(parsed?.codeSet ?? [])],
        subVersion: version,
        expressionType: expression.type,
      };
    });
  }

  #unite(known: TopicSubscription<H>, now: number): void {
    known.version = Math.max(known.version + 1, now);
    const [first, ...more] = known.handlers;
    known.only = first !== undefined && more.length === 0 && isWhole(first.expression) ? first.handler : undefined;
    if (known.handlers.some(({ expression }) => isWhole(expression))) {
      known.expression = first!.expression.type === 'SQL92' ? first!.expression : expressionOf(undefined);
    } else {
      known.expression = expressionOf({ tags: known.handlers.flatMap(({ expression }) => [...expression.tags]) });
    }
  }
}

function refuseOverlap(topic: string, one: Expression, other: Expression): void {
  if (one.type === 'SQL92' || other.type === 'SQL92') {
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      `topic ${topic} has one subscription with an SQL filter or several with tags in a group, not both`,
    );
  }
  const shared = [...one.tags].find((tag) => other.tags.has(tag));
  if (shared === undefined && (one.tags.size > 0 || other.tags.size > 0)) return;
  const what = shared === undefined ? 'all messages' : `tag ${shared}`;
  throw new RocketMQError('INVALID_ARGUMENT', `topic ${topic}: two handlers of one group want ${what}`);
}
