import { findProperty, MessageProperty, pullMessage, ResponseCode } from '@cometmq/protocol';
import { sleep } from '@cometmq/runtime';
import type { ClientInstance } from '../../client/client-instance.js';
import { brokerError, RocketMQError } from '../../client/errors.js';
import type { ViewContext } from '../../message/message-view.js';
import { type AssignedQueue, PulledMessage } from '../assigned-queue.js';
import { readPulledRecords } from '../pulled-record.js';
import type { Expression } from '../subscriptions.js';

/** PullSysFlag (remoting-protocol 7.5). */
const COMMIT_OFFSET = 1;
const SUSPEND = 2;
const SUBSCRIPTION = 4;

/** How long the broker may hold a pull that finds nothing. */
const SUSPEND_MS = 15_000;
const PULL_TIMEOUT_MS = 30_000;
const AFTER_ERROR_MS = 1000;
const AFTER_FLOW_CONTROL_MS = 20;
/** A broker that says "nothing there" sooner than this does not hold pulls: asking at once again would be a busy loop. */
const HELD_AT_LEAST_MS = 100;

/** What a pull loop needs from the consumer it works for. */
export interface PullContext {
  readonly client: ClientInstance;
  readonly group: string;
  readonly pullBatch: number;
  readonly pullIntervalMs: number;
  /** Clustering: the broker may store the progress that comes with a pull. */
  readonly commitsWithPull: boolean;
  readonly view: ViewContext;
  /** What of the topic is wanted; undefined: it is not subscribed any more. */
  expression(topic: string): Expression | undefined;
  /** The version of the subscription that brokers have heard of. */
  version(topic: string): number;
  /** Tells the brokers the subscriptions. */
  announce(): Promise<void>;
  /** Whether the queue may be pulled now: not suspended and, if orderly, locked. */
  isReady(assigned: AssignedQueue): boolean;
  /** Resolves when it may, or when it was given up. */
  ready(assigned: AssignedQueue): Promise<void>;
  /** New messages, in order. */
  deliver(assigned: AssignedQueue, messages: PulledMessage[]): void;
  /** The stored offset is not in the queue any more: it is to be given up and taken again at `offset`. */
  moved(assigned: AssignedQueue, offset: number): void;
}

/** What a pull leads to: the replica to ask next, the pause before it. */
interface Outcome {
  readonly brokerId: number;
  readonly pauseMs: number;
  /** The broker did not know our subscription. */
  readonly unknown?: boolean;
}

type PullAnswer = Awaited<ReturnType<typeof askBroker>>;

/** Pulls one queue until it is given up. Never rejects. */
export async function pullLoop(assigned: AssignedQueue, context: PullContext): Promise<void> {
  const { client, group } = context;
  let last: Outcome = { brokerId: 0, pauseMs: 0 };
  let failures = 0;
  while (!assigned.dropped) {
    const signal = assigned.waitSignal();
    let pauseMs = context.pullIntervalMs;
    try {
      if (!assigned.window.hasRoom) await assigned.window.room();
      if (!context.isReady(assigned)) await context.ready(assigned);
      if (assigned.dropped) return;
      last = await pullOnce(assigned, context, last);
      failures = 0;
      pauseMs = Math.max(pauseMs, last.pauseMs);
    } catch (error) {
      if (assigned.dropped) return;
      // Suspended: nobody waits for the answer any more.
      if (signal.aborted) continue;
      const level = failures === 0 ? 'warn' : 'debug';
      client.logger[level]('a pull failed; it is tried again every second', { ...assigned.queue, group, error });
      failures += 1;
      pauseMs = AFTER_ERROR_MS;
    }
    if (pauseMs > 0 && !assigned.dropped)
      await sleep(client.clock, pauseMs, assigned.waitSignal()).catch(() => undefined);
  }
}

async function pullOnce(assigned: AssignedQueue, context: PullContext, last: Outcome): Promise<Outcome> {
  const expression = context.expression(assigned.queue.topic);
  if (expression === undefined) return { ...last, pauseMs: AFTER_ERROR_MS };
  const { client } = context;
  const startedAt = client.clock.monotonic();
  assigned.pulledAt = client.clock.now();
  const answer = await askBroker(assigned, context, expression, last.brokerId);
  if (assigned.dropped) return last;
  switch (answer.code) {
    case ResponseCode.SUCCESS:
    case ResponseCode.PULL_NOT_FOUND:
    case ResponseCode.PULL_RETRY_IMMEDIATELY:
      return advance(assigned, context, answer, client.clock.monotonic() - startedAt);
    case ResponseCode.PULL_OFFSET_MOVED:
      context.moved(assigned, headerOf(answer, assigned).nextBeginOffset);
      return last;
    case ResponseCode.FLOW_CONTROL:
      return { brokerId: last.brokerId, pauseMs: AFTER_FLOW_CONTROL_MS };
    case ResponseCode.SUBSCRIPTION_NOT_LATEST:
    case ResponseCode.SUBSCRIPTION_NOT_EXIST:
      // The broker has not heard of us yet, or has forgotten us with a restart.
      await context.announce();
      return { brokerId: last.brokerId, pauseMs: last.unknown === true ? AFTER_ERROR_MS : 0, unknown: true };
    default:
      throw brokerError('a pull', assigned.queue.brokerName, answer);
  }
}

function askBroker(assigned: AssignedQueue, context: PullContext, expression: Expression, brokerId: number) {
  const { topic, brokerName, queueId } = assigned.queue;
  const { commitOffset } = assigned.window;
  const sql = expression.type === 'SQL92';
  const commits = context.commitsWithPull && commitOffset > 0 && brokerId === 0;
  const header = {
    consumerGroup: context.group,
    topic,
    queueId,
    queueOffset: assigned.nextOffset,
    maxMsgNums: context.pullBatch,
    sysFlag: SUSPEND | (commits ? COMMIT_OFFSET : 0) | (sql ? SUBSCRIPTION : 0),
    commitOffset,
    suspendTimeoutMillis: SUSPEND_MS,
    subscription: sql ? expression.text : undefined,
    subVersion: context.version(topic),
    expressionType: expression.type,
  };
  const options = { brokerId, only: false, timeoutMs: PULL_TIMEOUT_MS, signal: assigned.waitSignal() };
  return context.client.invokeBroker(brokerName, pullMessage, header, options);
}

function headerOf({ header }: PullAnswer, { queue }: AssignedQueue): NonNullable<PullAnswer['header']> {
  if (header !== undefined) return header;
  throw new RocketMQError('PROTOCOL', `${queue.brokerName} answered a pull without its header`);
}

/** Takes over what came and goes on behind it. */
function advance(assigned: AssignedQueue, context: PullContext, answer: PullAnswer, tookMs: number): Outcome {
  const { nextBeginOffset, suggestWhichBrokerId: brokerId } = headerOf(answer, assigned);
  const before = assigned.nextOffset;
  // As it is now: while the broker held the pull it may have heard of a newer subscription.
  const expression = context.expression(assigned.queue.topic);
  if (expression === undefined) return { brokerId, pauseMs: AFTER_ERROR_MS };
  if (answer.code === ResponseCode.SUCCESS) {
    const end = take(assigned, context, expression, answer.body);
    assigned.nextOffset = Math.max(before, assigned.window.nextOffset);
    if (end instanceof Error) throw end;
    // What does not stand in the body whole must be pulled again: the broker's next offset lies behind it.
    if (end === 'cut off') return { brokerId, pauseMs: assigned.nextOffset > before ? 0 : AFTER_ERROR_MS };
  }
  assigned.nextOffset = Math.max(assigned.nextOffset, nextBeginOffset);
  assigned.window.skipTo(assigned.nextOffset);
  if (assigned.nextOffset > before) return { brokerId, pauseMs: 0 };
  if (answer.code !== ResponseCode.PULL_NOT_FOUND) return { brokerId, pauseMs: AFTER_ERROR_MS };
  return { brokerId, pauseMs: tookMs < HELD_AT_LEAST_MS ? HELD_AT_LEAST_MS : 0 };
}

/** Reads the records of a pull, drops what another tag with the same hash let through, and hands the rest on. */
function take(assigned: AssignedQueue, context: PullContext, { tags }: Expression, body: Uint8Array) {
  const messages: PulledMessage[] = [];
  let passed = -1;
  const end = readPulledRecords(body, (record) => {
    passed = record.queueOffset;
    if (tags.size > 0 && !tags.has(findProperty(record.properties, MessageProperty.TAGS) ?? '')) return;
    messages.push(new PulledMessage(record, assigned, context.view));
  });
  const added = assigned.window.add(messages);
  assigned.window.skipTo(passed + 1);
  if (added.length > 0) context.deliver(assigned, added);
  return end;
}
