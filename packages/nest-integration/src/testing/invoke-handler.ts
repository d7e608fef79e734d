import type { INestApplicationContext, Type } from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import { type HandlerMetadata, type MessageView, RocketMQError } from '@cometmq/sdk';
import { type HandlerOutcome, messageOf, outcomeOf } from '@cometmq/standalone/testing';
import { ClientHosts } from '../client/client-hosts.js';
import { type Discovered, Explorer } from '../discovery/explorer.js';
import { NestInvoker } from '../handlers/nest-invoker.js';

const invalid = (message: string) => new RocketMQError('INVALID_ARGUMENT', message);

function discovered(app: INestApplicationContext, consumer: Type<unknown>): Discovered {
  const all = app.get(Explorer, { strict: false }).explore();
  const found = all.find(({ instance }) => instance.constructor === consumer);
  if (found !== undefined) return found;
  const known = all.map(({ name }) => name).join(', ') || 'none';
  throw invalid(`${consumer.name} is no decorated class of this application (there is ${known}): provide it`);
}

function handlerOf({ name, description }: Discovered, method: string): HandlerMetadata {
  const ofMethod = description.handlers.filter((handler) => handler.method === method);
  const found = ofMethod.find(({ kind }) => kind === 'message' || kind === 'batch' || kind === 'dlq');
  if (found !== undefined) return found;
  const other = ofMethod[0] === undefined ? 'no handler' : `a handler of ${ofMethod[0].kind}s`;
  throw invalid(`${name}.${method} is ${other}: name a method with @OnMessage, @OnBatch or @OnDeadLetter`);
}

/**
 * Calls a handler with all that Nest puts around it, without a server: what would become of the message. `message` has the parts that
 * matter (an array for a batch); the rest is as of a first delivery. The application may be compiled only; `@Send` members are there when
 * it is initialized. What `@SendTo` would send on is not sent. Throws INVALID_ARGUMENT for what is no handler.
 */
export async function invokeHandler<C extends object>(
  app: INestApplicationContext,
  consumer: Type<C>,
  method: keyof C & string,
  message: Partial<MessageView> | readonly Partial<MessageView>[],
): Promise<HandlerOutcome> {
  const found = discovered(app, consumer);
  const handler = handlerOf(found, method);
  const invoker = new NestInvoker(
    app.get(ExternalContextCreator, { strict: false }),
    app.get(ClientHosts, { strict: false }),
  );
  invoker.prepare({ ...found, description: { ...found.description, sendTo: new Map() } });
  const messages = (Array.isArray(message) ? message : [message]).map((parts: Partial<MessageView>) =>
    messageOf(parts),
  );
  const [first] = messages;
  if (first === undefined) throw invalid('invokeHandler needs a message');
  const context = {
    group: found.description.consumer?.group ?? 'test',
    queue: first.queue,
    attempt: first.reconsumeTimes + 1,
    signal: new AbortController().signal,
  };
  const body = handler.kind === 'batch' ? messages.map((each) => each.body) : first.body;
  const args = [body, handler.kind === 'batch' ? messages : first, context];
  const call = { instance: found.instance, handler, args, messages, context };
  return outcomeOf(() => invoker.invoke(call));
}
