import { RocketMQError } from '../client/errors.js';
import { expressionOf, type Subscription } from '../consumer/subscriptions.js';
import type { ConsumerClass } from './merge-consumers.js';
import type { ClassDescription, HandlerMetadata } from './metadata.js';

/** A decorated instance with what its class says. */
export interface Bound extends ConsumerClass {
  readonly instance: object;
  readonly description: ClassDescription;
}

/** A handler that gets messages, with the topic it gets them from. */
export interface HandlerPlan {
  readonly bound: Bound;
  readonly handler: HandlerMetadata;
  readonly subscription: Subscription;
}

const where = ({ bound, handler }: Pick<HandlerPlan, 'bound' | 'handler'>) => `${bound.name}.${String(handler.method)}`;

/** Handlers of the classes of one group with their topics. Throws INVALID_ARGUMENT for a handler without a topic and for two that want the same messages. */
export function handlerPlans(classes: readonly Bound[]): HandlerPlan[] {
  const plans: HandlerPlan[] = [];
  for (const bound of classes) {
    for (const handler of bound.description.handlers) {
      if (handler.kind === 'dlq' || handler.kind === 'event') continue;
      const topic = handler.subscription?.topic ?? bound.consumer.topic;
      if (topic === undefined) {
        throw new RocketMQError(
          'INVALID_ARGUMENT',
          `${where({ bound, handler })} has no topic: name one in its decorator or in @Consumer of ${bound.name}`,
        );
      }
      if (handler.reply === true)
        throw new RocketMQError('UNSUPPORTED', `${where({ bound, handler })}: reply comes with version 0.2`);
      const filter = handler.subscription?.filter;
      const plan = { bound, handler, subscription: { topic, ...(filter !== undefined && { filter }) } };
      for (const other of plans) refuseOverlap(other, plan);
      plans.push(plan);
    }
  }
  return plans;
}

/** The consumer refuses overlaps, too; here both places are known by name. */
function refuseOverlap(a: HandlerPlan, b: HandlerPlan): void {
  if (a.subscription.topic !== b.subscription.topic) return;
  const one = expressionOf(a.subscription.filter);
  const two = expressionOf(b.subscription.filter);
  const sql = one.type === 'SQL92' || two.type === 'SQL92';
  const both = one.tags.size === 0 && two.tags.size === 0;
  const shared = [...one.tags].find((tag) => two.tags.has(tag));
  if (!sql && !both && shared === undefined) return;
  const what = sql
    ? 'an SQL filter takes the whole topic of its group'
    : shared === undefined
      ? 'both take all messages'
      : `both take tag ${shared}`;
  throw new RocketMQError(
    'INVALID_ARGUMENT',
    `${where(a)} and ${where(b)} of group ${a.bound.consumer.group} overlap on topic ${a.subscription.topic}: ${what}`,
  );
}
