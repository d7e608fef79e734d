import type { BrokerParts } from '@cometmq/broker';
import {
  type ConsumerRunningInfo,
  consumerRunningInfo,
  getConsumerRunningInfo,
  isRetryTopic,
  type ProcessQueueInfo,
  ResponseCode,
} from '@cometmq/protocol';
import { type Connection, RemotingError } from '@cometmq/remoting';
import { nodeClock } from '@cometmq/runtime/node';

/** What consumer groups still have to do. */
export interface GroupWork {
  /** A line each, for people; empty: nothing. */
  readonly open: readonly string[];
  /** Messages that members have and have not settled. */
  readonly inFlight: number;
}

type Group = NonNullable<ReturnType<BrokerParts['clients']['consumerGroup']>>;
type OwnedQueue = ProcessQueueInfo | undefined;

interface Member {
  readonly clientId: string;
  readonly info: ConsumerRunningInfo | undefined;
}

/** Of real time: that of the servers may stand still while they ask. */
const ASK_TIMEOUT_MS = 3000;
const LONG_MS = 3_600_000;
/** Connections of clients that do not answer such questions: they are not asked again. */
const silent = new WeakSet<Connection>();

/**
 * Asks every member of every running group how far it is (GET_CONSUMER_RUNNING_INFO) and compares with what lies in the queues
 * it wants. For clients that do not answer, the progress they have stored at the broker counts. Groups that are named must run; of the others pull consumers are passed over, as
 * their progress is in the user's hands.
 */
export async function groupWork(
  brokers: Iterable<{ readonly name: string; readonly parts: BrokerParts }>,
  groups?: readonly string[],
): Promise<GroupWork> {
  const open: string[] = [];
  const seen = new Set<string>();
  let inFlight = 0;
  for (const { name, parts } of brokers) {
    for (const group of parts.clients.consumerGroups()) {
      if (groups === undefined ? group.settings.consumeType === 'CONSUME_ACTIVELY' : !groups.includes(group.name)) {
        continue;
      }
      seen.add(group.name);
      const members = await askMembers(group);
      for (const { data } of group.subscriptions()) {
        const queues = parts.topics.get(data.topic)?.readQueueNums ?? 0;
        for (let queueId = 0; queueId < queues; queueId += 1) {
          const work = await queueWork(parts, group, members, { topic: data.topic, brokerName: name, queueId });
          inFlight += work.inFlight;
          if (work.open !== undefined) open.push(`group ${group.name}: ${work.open}`);
        }
      }
    }
  }
  for (const group of groups ?? []) if (!seen.has(group)) open.push(`group ${group}: no running consumer`);
  return { open, inFlight };
}

async function askMembers(group: Group): Promise<Member[]> {
  // A client that has come back may have its old connection still.
  const byClient = new Map([...group.channels.values()].map((channel) => [channel.clientId, channel]));
  return Promise.all(
    [...byClient.values()].map(async ({ clientId, connection }): Promise<Member> => {
      if (silent.has(connection)) return { clientId, info: undefined };
      const givenUp = new AbortController();
      const timer = nodeClock.schedule(ASK_TIMEOUT_MS, () => givenUp.abort());
      try {
        const header = { consumerGroup: group.name, clientId, jstackEnable: false };
        const answer = await connection.request(getConsumerRunningInfo, header, {
          timeoutMs: LONG_MS,
          signal: givenUp.signal,
        });
        if (answer.code === ResponseCode.SUCCESS) return { clientId, info: consumerRunningInfo.decode(answer.body) };
        if (answer.code === ResponseCode.REQUEST_CODE_NOT_SUPPORTED) silent.add(connection);
      } catch (error) {
        if (error instanceof RemotingError && error.code === 'ABORTED') silent.add(connection);
      } finally {
        timer.cancel();
      }
      return { clientId, info: undefined };
    }),
  );
}

async function queueWork(
  parts: BrokerParts,
  group: Group,
  members: readonly Member[],
  queue: { readonly topic: string; readonly brokerName: string; readonly queueId: number },
): Promise<{ readonly inFlight: number; readonly open: string | undefined }> {
  const { topic, queueId } = queue;
  const end = parts.store.maxOffset(topic, queueId);
  if (end === 0) return { inFlight: 0, open: undefined };
  const where = `${topic} queue ${queueId}`;
  const owned = members.map(({ info }) => find(info, queue));
  const everybody = group.settings.messageModel === 'BROADCASTING';
  const owners = everybody ? owned : owned.filter((each) => each !== undefined).slice(0, 1);
  if (owners.length === 0 || owners.includes(undefined)) {
    const from = parts.offsets.query(group.name, topic, queueId);
    if (!(await hasWanted(parts, group, queue, from))) return { inFlight: 0, open: undefined };
    const silentOne = members.find(({ info }) => info === undefined);
    if (silentOne === undefined)
      return { inFlight: 0, open: `${where} has messages and no consumer has taken the queue yet` };
    // What a member of a broadcasting group has done only itself knows.
    const open = `${where} has messages from offset ${Math.max(from, 0)} that client ${silentOne.clientId} has stored no progress for`;
    return everybody ? { inFlight: 0, open: undefined } : { inFlight: 1, open };
  }
  let inFlight = 0;
  let open: string | undefined;
  for (const info of owners) {
    if (info === undefined) continue;
    inFlight += info.cachedMsgCount;
    if (info.cachedMsgCount > 0)
      open = `${where}: ${info.cachedMsgCount} message(s) handed out and not settled, the first at offset ${info.commitOffset}`;
    else if (info.commitOffset < end && (await hasWanted(parts, group, queue, info.commitOffset)))
      open = `${where}: ${end - info.commitOffset} message(s) not delivered yet, from offset ${info.commitOffset}${isRetryTopic(topic) ? ' (retries)' : ''}`;
  }
  return { inFlight, open };
}

function find(
  info: ConsumerRunningInfo | undefined,
  queue: { readonly topic: string; readonly brokerName: string; readonly queueId: number },
): OwnedQueue {
  for (const [key, value] of info?.mqTable ?? []) {
    if (key.topic === queue.topic && key.brokerName === queue.brokerName && key.queueId === queue.queueId) return value;
  }
  return undefined;
}

/** Whether a message from `offset` on passes the group's filter. */
async function hasWanted(
  parts: BrokerParts,
  group: Group,
  { topic, queueId }: { readonly topic: string; readonly queueId: number },
  offset: number,
): Promise<boolean> {
  const { store } = parts;
  const filter = group.subscription(topic)?.filter;
  const end = store.maxOffset(topic, queueId);
  for (let next = Math.max(offset, store.minOffset(topic, queueId)); next < end;) {
    const read = await store.read({ topic, queueId, offset: next, maxMessages: 1, maxBytes: 1 << 20, filter });
    if (read.status === 'FOUND') return true;
    if (read.nextOffset <= next) return false;
    next = read.nextOffset;
  }
  return false;
}
