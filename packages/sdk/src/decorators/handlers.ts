import { dlqTopic } from '@cometmq/protocol';
import type { Observable } from 'rxjs';
import type { ClientInstance } from '../client/client-instance.js';
import { RocketMQError } from '../client/errors.js';
import type { PushConsumerOptions } from '../consumer/consumer-options.js';
import type { Delivery } from '../consumer/delivery.js';
import type { HandlerContext } from '../consumer/handler.js';
import type { PushConsumer } from '../consumer/push-consumer.js';
import type { ConsumeResult } from '../message/consume-result.js';
import { type MessageQueue, queueKey } from '../message/message-queue.js';
import type { MessageView } from '../message/message-view.js';
import type { SendOptions } from '../message/outgoing-message.js';
import type { Producer } from '../producer/producer.js';
import { keepSubscribed } from '../rx/restart.js';
import type { Bound, HandlerPlan } from './handler-plans.js';
import type { HandlerMetadata } from './metadata.js';
import { sendOn } from './send-on.js';

/** Calls one handler: `args` are what a plain method gets. */
export type HandlerInvoker = (call: {
  readonly instance: object;
  readonly handler: HandlerMetadata;
  readonly args: readonly unknown[];
  /** The messages of the call; none for streams and events. */
  readonly messages: readonly MessageView[];
  readonly context: HandlerContext | undefined;
}) => unknown;

/** Calls the method of the instance. */
export const callMethod: HandlerInvoker = ({ instance, handler, args }) =>
  (instance as Record<string | symbol, (...args: readonly unknown[]) => unknown>)[handler.method]!(...args);

export interface HandlerEnvironment {
  readonly invoke: HandlerInvoker;
  /** For @SendTo. */
  readonly producer: () => Producer;
  readonly instance: ClientInstance;
}

/** A consumer with its handlers, not started yet. */
export interface Registration {
  readonly consumer: PushConsumer;
  start(): Promise<void>;
  /** Ends streams and event listeners. */
  stop(): void;
}

/** The suffix of the group that reads a group's dead letters. */
const DEAD_LETTER_GROUP_SUFFIX = '_dlq';

export const deadLetterGroup = (group: string): string => group + DEAD_LETTER_GROUP_SUFFIX;

/** Registers the handlers of one group. */
export function subscribePlan(
  consumer: PushConsumer,
  plans: readonly HandlerPlan[],
  environment: HandlerEnvironment,
  stopEvents: () => void,
): Registration {
  const streams = plans.filter(({ handler }) => handler.kind === 'stream');
  const others = plans.filter(({ handler }) => handler.kind !== 'stream');
  for (const plan of others) {
    if (plan.handler.kind === 'message')
      consumer.subscribe(plan.subscription, (message, context) =>
        callMessage(plan.bound, plan.handler, message, message.body, context, environment),
      );
    else subscribeBatch(consumer, plan, environment);
  }
  const stops: (() => void)[] = [];
  return {
    consumer,
    async start() {
      // With callbacks the consumer is started first: it then outlives streams that end.
      if (others.length > 0) await consumer.start();
      for (const plan of streams) stops.push(startStream(consumer, plan, environment));
      await consumer.start();
    },
    stop() {
      stopEvents();
      for (const stop of stops.splice(0)) stop();
    },
  };
}

/** A handler's returned value as a verdict; what a @SendTo method returned is sent on before. */
function finish(
  bound: Bound,
  handler: HandlerMetadata,
  returned: unknown,
  { producer }: HandlerEnvironment,
): ConsumeResult | Promise<ConsumeResult> {
  const sendTo = bound.description.sendTo.get(handler.method);
  if (sendTo === undefined) return returned as ConsumeResult | Promise<ConsumeResult>;
  return sendOn(returned, (body) =>
    producer().send(sendTo.topic, body, sendTo.options as SendOptions<unknown> | undefined),
  ) as Promise<ConsumeResult>;
}

function callMessage(
  bound: Bound,
  handler: HandlerMetadata,
  message: MessageView,
  body: unknown,
  context: HandlerContext,
  environment: HandlerEnvironment,
): ConsumeResult | Promise<ConsumeResult> {
  const returned = environment.invoke({
    instance: bound.instance,
    handler,
    args: [body, message, context],
    messages: [message],
    context,
  });
  return finish(bound, handler, returned, environment);
}

function subscribeBatch(
  consumer: PushConsumer,
  { bound, handler, subscription }: HandlerPlan,
  environment: HandlerEnvironment,
): void {
  const call = (messages: readonly MessageView[], context: HandlerContext) => {
    const bodies = messages.map((message) => message.body);
    const returned = environment.invoke({
      instance: bound.instance,
      handler,
      args: [bodies, messages, context],
      messages,
      context,
    });
    return finish(bound, handler, returned, environment);
  };
  const { size, lingerMs } = handler;
  consumer.subscribeBatch(subscription, call, {
    ...(size !== undefined && { size }),
    ...(lingerMs !== undefined && { lingerMs }),
  });
}

function startStream(
  consumer: PushConsumer,
  { bound, handler, subscription }: HandlerPlan,
  { invoke, instance }: HandlerEnvironment,
): () => void {
  const { maxInFlight } = handler;
  const deliveries: Observable<Delivery> = consumer.messages(
    subscription,
    maxInFlight === undefined ? {} : { maxInFlight },
  );
  const stream = invoke({ instance: bound.instance, handler, args: [deliveries], messages: [], context: undefined });
  const name = `${bound.name}.${String(handler.method)}`;
  return keepSubscribed(stream as Observable<unknown>, {
    clock: instance.clock,
    onError: (error, pauseMs) =>
      instance.logger.error(`the stream of ${name} failed and is subscribed again`, { error, pauseMs }),
  });
}

/** What a dead letter says; its bytes when the codec cannot read it, which may be why it is one. */
function bodyOrBytes(message: MessageView): unknown {
  try {
    return message.body;
  } catch {
    return message.raw;
  }
}

/** One consumer for each group whose dead letters somebody wants. */
export function subscribeDeadLetters(
  target: { pushConsumer(options: PushConsumerOptions): PushConsumer },
  settings: PushConsumerOptions,
  classes: readonly Bound[],
  environment: HandlerEnvironment,
  /** Whose dead letters are read by whom, over all groups of a binding. */
  readers: Map<string, string>,
): Registration[] {
  const consumers: PushConsumer[] = [];
  for (const bound of classes) {
    for (const handler of bound.description.handlers) {
      if (handler.kind !== 'dlq') continue;
      const group = handler.group ?? settings.group;
      const reader = `${bound.name}.${String(handler.method)}`;
      const other = readers.get(group);
      if (other !== undefined) {
        throw new RocketMQError(
          'INVALID_ARGUMENT',
          `${other} and ${reader} both read the dead letters of group ${group}: one of them can`,
        );
      }
      readers.set(group, reader);
      const options: PushConsumerOptions = {
        group: deadLetterGroup(group),
        consumeFrom: 'first',
        ...(settings.concurrency !== undefined && { concurrency: settings.concurrency }),
        ...(settings.codec !== undefined && { codec: settings.codec }),
      };
      const consumer = target.pushConsumer(options);
      consumers.push(consumer);
      consumer.subscribe(dlqTopic(group), (message, context) =>
        callMessage(bound, handler, message, bodyOrBytes(message), context, environment),
      );
    }
  }
  return consumers.map((consumer) => ({ consumer, start: () => consumer.start(), stop() {} }));
}

/** Calls an observing method; what it throws is logged, nothing else depends on it. */
function notify({ instance, name }: Bound, handler: HandlerMetadata, what: unknown, client: ClientInstance): void {
  const failed = (error: unknown) =>
    client.logger.error(`${name}.${String(handler.method)} failed to handle the event ${handler.event}`, { error });
  try {
    const returned = callMethod({ instance, handler, args: [what], messages: [], context: undefined });
    Promise.resolve(returned).catch(failed);
  } catch (error) {
    failed(error);
  }
}

/** Returns how to stop. */
export function listenToEvents(consumer: PushConsumer, classes: readonly Bound[], client: ClientInstance): () => void {
  const listeners = classes.flatMap((bound) =>
    bound.description.handlers.filter(({ kind }) => kind === 'event').map((handler) => ({ bound, handler })),
  );
  if (listeners.length === 0) return () => {};
  const tell = (event: HandlerMetadata['event'], what: unknown) => {
    for (const { bound, handler } of listeners) if (handler.event === event) notify(bound, handler, what, client);
  };
  let owned = new Map<string, MessageQueue>();
  const assignments = consumer.assignment$.subscribe((queues) => {
    const next = new Map(queues.map((queue) => [queueKey(queue), queue]));
    const assigned = queues.filter((queue) => !owned.has(queueKey(queue)));
    const revoked = [...owned.values()].filter((queue) => !next.has(queueKey(queue)));
    owned = next;
    if (revoked.length > 0) tell('revoked', revoked);
    if (assigned.length > 0) tell('assigned', assigned);
  });
  const errors = consumer.errors$.subscribe((failure) => {
    tell('error', failure);
    tell(failure.willRetry ? 'retry' : 'deadLetter', failure);
  });
  return () => {
    assignments.unsubscribe();
    errors.unsubscribe();
  };
}
