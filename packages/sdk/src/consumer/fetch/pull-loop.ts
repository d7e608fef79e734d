import { findProperty, MessageProperty, pullMessage, records, ResponseCode } from '@cometmq/protocol';
import { sleep } from '@cometmq/runtime';
import type { ClientInstance } from '../../client/client-instance.js';
import { RocketMQError } from '../../client/errors.js';
import type { ViewContext } from '../../message/message-view.js';
import { type AssignedQueue, PulledMessage } from '../assigned-queue.js';
import { type Expression, filtersByTag } from '../subscriptions.js';

/** PullSysFlag (remoting-protocol 7.5). */
const COMMIT_OFFSET = 1;
const SUSPEND = 2;
const SUBSCRIPTION = 4;

/** How long the broker may hold a pull that finds nothing. */
const SUSPEND_MS = 15_000;
const PULL_TIMEOUT_MS = 30_000;
const AFTER_ERROR_MS = 1000;
const AFTER_FLOW_CONTROL_MS = 20;

/** What a pull loop needs from the consumer it works for. */
export interface PullContext {
  readonly client: ClientInstance;
  readonly group: string;
  readonly pullBatch: number;
  readonly pullIntervalMs: number;
  /** Clustering: the broker may store the progress that comes with a pull. */
  readonly commitsWithPull: boolean;
  readonly view: ViewContext;
  expression(topic: string): Expression | undefined;
  version(topic: string): number;
  /** Resolves when the queue may be pulled: not suspended and, if orderly, locked. */
  ready(assigned: AssignedQueue): Promise<void>;
  /** New messages, in order. */
  deliver(assigned: AssignedQueue, messages: PulledMessage[]): void;
  /** The stored offset is not in the queue any more: it is to be given up and taken again at `offset`. */
  moved(assigned: AssignedQueue, offset: number): void;
}

/** Pulls one queue until it is given up. Never rejects. */
export async function pullLoop(assigned: AssignedQueue, context: PullContext): Promise<void> {
  let brokerId = 0;
  while (!assigned.dropped) {
    let pauseMs = context.pullIntervalMs;
    try {
      await assigned.window.room();
      await context.ready(assigned);
      if (assigned.dropped) return;
      const outcome = await pullOnce(assigned, context, brokerId);
      brokerId = outcome.brokerId;
      pauseMs = Math.max(pauseMs, outcome.pauseMs);
    } catch (error) {
      if (assigned.dropped) return;
      context.client.logger.warn('a pull failed; it is tried again', { ...assigned.queue, group: context.group, error });
      pauseMs = AFTER_ERROR_MS;
    }
    if (pauseMs > 0 && !assigned.dropped) await sleep(context.client.clock, pauseMs, assigned.signal).catch(() => undefined);
  }
}

async function pullOnce(assigned: AssignedQueue, context: PullContext, brokerId: number): Promise<{ brokerId: number; pauseMs: number }> {
  const { client, group } = context;
  const { topic, brokerName, queueId } = assigned.queue;
  const expression = context.expression(topic);
  if (expression === undefined) return { brokerId, pauseMs: AFTER_ERROR_MS };
  const commitOffset = assigned.window.commitOffset;
  const sql = expression.type === 'SQL92';
  const commits = context.commitsWithPull && commitOffset > 0 && brokerId === 0;
  const header = {
    consumerGroup: group,
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
  assigned.pulledAt = client.clock.monotonic();
  const options = { brokerId, only: false, timeoutMs: PULL_TIMEOUT_MS, signal: assigned.signal };
  const answer = await client.invokeBroker(brokerName, pullMessage, header, options);
  if (assigned.dropped) return { brokerId, pauseMs: 0 };
  const { header: found } = answer;
  switch (answer.code) {
    case ResponseCode.SUCCESS:
    case ResponseCode.PULL_NOT_FOUND:
    case ResponseCode.PULL_RETRY_IMMEDIATELY: {
      if (found === undefined) throw new RocketMQError('PROTOCOL', `${brokerName} answered a pull without its header`);
      const stuck = answer.code !== ResponseCode.PULL_NOT_FOUND && found.nextBeginOffset <= assigned.nextOffset;
      if (answer.code === ResponseCode.SUCCESS) take(assigned, context, expression, answer.body);
      assigned.nextOffset = Math.max(assigned.nextOffset, found.nextBeginOffset);
      assigned.window.skipTo(assigned.nextOffset);
      return { brokerId: found.suggestWhichBrokerId, pauseMs: stuck ? AFTER_ERROR_MS : 0 };
    }
    case ResponseCode.PULL_OFFSET_MOVED:
      if (found === undefined) throw new RocketMQError('PROTOCOL', `${brokerName} answered a pull without its header`);
      context.moved(assigned, found.nextBeginOffset);
      return { brokerId, pauseMs: 0 };
    case ResponseCode.FLOW_CONTROL:
      return { brokerId, pauseMs: AFTER_FLOW_CONTROL_MS };
    case ResponseCode.SUBSCRIPTION_NOT_LATEST:
    case ResponseCode.SUBSCRIPTION_NOT_EXIST:
      // The broker has not seen our heartbeat yet, or has lost it with a restart.
      await client.heartbeat();
      return { brokerId, pauseMs: AFTER_ERROR_MS };
    default:
      throw new RocketMQError('BROKER', `${brokerName} refused a pull: ${answer.remark ?? 'no reason given'}`, { responseCode: answer.code });
  }
}

/** Decodes the records of a pull, drops what another tag with the same hash let through, and hands the rest on. */
function take(assigned: AssignedQueue, context: PullContext, expression: Expression, body: Uint8Array): void {
  const tags = filtersByTag(assigned.queue.topic) ? expression.tags : undefined;
  const messages: PulledMessage[] = [];
  for (const record of records(body)) {
    if (tags !== undefined && tags.size > 0 && !tags.has(findProperty(record.properties, MessageProperty.TAGS) ?? '')) continue;
    const message = new PulledMessage(record, assigned.queue, context.view);
    message.assigned = assigned;
    messages.push(message);
  }
  const added = assigned.window.add(messages);
  if (added.length > 0) context.deliver(assigned, added);
}
