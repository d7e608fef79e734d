import { ResponseCode } from '@cometmq/protocol';
import type { ReadResult, ReadStatus } from '@cometmq/store';
import { lockedByAnother } from '../../queue-lock/foreign-lock.js';
import type { BrokerParts } from '../broker-parts.js';
import { checkPull, PullFlag, type PullGrant, type PullReply, type PullRequest } from './pull-checks.js';

/** No pull is held longer, whatever it asks for, ms. Clients ask for 15 to 30 s. */
const MAX_SUSPEND_MS = 300_000;

/** Apache's bound on one answer; the store has lower ones of its own (maxTransferBytesOnMessageInMemory). */
const MAX_READ_BYTES = 128 * 1024 * 1024;

const MASTER_ID = 0;

/** What was read, or what is said instead. */
type PullResult = Omit<ReadResult, 'status'> & { readonly status: ReadStatus | 'OFFSET_RESET' };

/** What a read leads to (broker-semantics, 2.2). */
const CODES: Readonly<Record<ReadStatus, number>> = {
  FOUND: ResponseCode.SUCCESS,
  NO_MATCHED_MESSAGE: ResponseCode.PULL_RETRY_IMMEDIATELY,
  MESSAGE_WAS_REMOVING: ResponseCode.PULL_RETRY_IMMEDIATELY,
  OFFSET_FOUND_NULL: ResponseCode.PULL_NOT_FOUND,
  OFFSET_OVERFLOW_ONE: ResponseCode.PULL_NOT_FOUND,
  OFFSET_OVERFLOW_BADLY: ResponseCode.PULL_OFFSET_MOVED,
  OFFSET_TOO_SMALL: ResponseCode.PULL_OFFSET_MOVED,
  NO_MATCHED_LOGIC_QUEUE: ResponseCode.PULL_NOT_FOUND,
  NO_MESSAGE_IN_QUEUE: ResponseCode.PULL_NOT_FOUND,
};

/** PULL_MESSAGE 11 and LITE_PULL_MESSAGE 361 (broker-semantics, section 2). A hot pull is answered within its call. */
export function pullMessageProcessor(
  parts: BrokerParts,
): (request: PullRequest) => PullReply | Promise<PullReply | undefined> {
  return (request) => {
    const grant = checkPull(parts, request);
    if ('code' in grant) return grant;
    const moved = reset(parts, request, grant);
    if (moved !== undefined) return moved;
    commitProgress(parts, request);
    const result = read(parts, request, grant, request.header.queueOffset);
    return result instanceof Promise
      ? result.then((found) => firstPass(parts, request, grant, found))
      : firstPass(parts, request, grant, result);
  };
}

function read(
  parts: BrokerParts,
  { header }: PullRequest,
  { filter }: PullGrant,
  offset: number,
): ReadResult | Promise<ReadResult> {
  return parts.store.read({
    topic: header.topic,
    queueId: header.queueId,
    offset,
    // The first message always passes, whatever the client says.
    maxMessages: Math.max(1, header.maxMsgNums),
    maxBytes: MAX_READ_BYTES,
    filter,
  });
}

/** An administrator has moved the group: it hears of that instead (broker-semantics, 2.1). */
function reset(parts: BrokerParts, { header }: PullRequest, grant: PullGrant): PullReply | undefined {
  const { consumerGroup, topic, queueId } = header;
  const offset = parts.offsets.takeReset(consumerGroup, topic, queueId);
  if (offset === undefined) return undefined;
  const result: PullResult = {
    status: 'OFFSET_RESET',
    nextOffset: offset,
    minOffset: parts.store.minOffset(topic, queueId),
    maxOffset: parts.store.maxOffset(topic, queueId),
    records: [],
    bytes: 0,
  };
  return reply(parts, grant, result, ResponseCode.PULL_OFFSET_MOVED);
}

/**
 * Before anything is waited for: behind a read from the disk it could undo what an UPDATE_CONSUMER_OFFSET that came later
 * has stored, and the queue's next owner would consume again what its last one had done.
 */
function commitProgress(parts: BrokerParts, { connection, header }: PullRequest): void {
  const { consumerGroup, queueId, sysFlag, topic } = header;
  if ((sysFlag & PullFlag.COMMIT_OFFSET) === 0) return;
  const queue = { topic, brokerName: parts.settings.brokerName, queueId };
  if (lockedByAnother(parts, consumerGroup, queue, connection)) return;
  parts.offsets.commit(consumerGroup, topic, queueId, header.commitOffset);
}

function firstPass(
  parts: BrokerParts,
  request: PullRequest,
  grant: PullGrant,
  result: ReadResult,
): PullReply | Promise<PullReply | undefined> {
  const { header } = request;
  parts.offsets.notePulled(header.consumerGroup, header.topic, header.queueId, result.nextOffset);
  const code = codeOf(result, header.queueOffset);
  if (code === ResponseCode.PULL_NOT_FOUND && (header.sysFlag & PullFlag.SUSPEND) !== 0) return hold(parts, request);
  return reply(parts, grant, result, code);
}

/** Nothing there: waits for the queue's end to pass the offset, then reads again (broker-semantics, 2.4). */
async function hold(parts: BrokerParts, request: PullRequest): Promise<PullReply | undefined> {
  const { header, connection } = request;
  const { clock, heldPulls, settings, store } = parts;
  if (heldPulls.fullFor(connection))
    return { code: ResponseCode.SYSTEM_BUSY, remark: 'too many pulls are waiting for messages; try again in a second' };
  request.park();
  parts.counters.pullsHeld++;
  const wanted = settings.longPollingEnable ? header.suspendTimeoutMillis : settings.shortPollingTimeMills;
  const deadline = clock.monotonic() + Math.min(wanted, MAX_SUSPEND_MS);
  // Entries that no filter has let through are not looked at again.
  let offset = header.queueOffset;
  for (;;) {
    const end = await heldPulls.wait(store.queueEnd(header.topic, header.queueId), offset, deadline, connection);
    if (end === 'closed' || !connection.open) return undefined;
    const grant = checkPull(parts, request);
    if ('code' in grant) return grant;
    const moved = reset(parts, request, grant);
    if (moved !== undefined) return moved;
    const result = await read(parts, request, grant, offset);
    if (
      end === 'arrived' &&
      result.status === 'NO_MATCHED_MESSAGE' &&
      result.nextOffset > offset &&
      clock.monotonic() < deadline
    ) {
      offset = result.nextOffset;
      continue;
    }
    const passed = offset > header.queueOffset && result.status === 'OFFSET_OVERFLOW_ONE';
    if (passed)
      return reply(parts, grant, { ...result, status: 'NO_MATCHED_MESSAGE' }, ResponseCode.PULL_RETRY_IMMEDIATELY);
    return reply(parts, grant, result, codeOf(result, offset));
  }
}

function codeOf(result: ReadResult, offset: number): number {
  const empty = result.status === 'NO_MESSAGE_IN_QUEUE' || result.status === 'NO_MATCHED_LOGIC_QUEUE';
  return empty && offset !== 0 ? ResponseCode.PULL_OFFSET_MOVED : CODES[result.status];
}

function reply(parts: BrokerParts, { topic, group }: PullGrant, result: PullResult, code: number): PullReply {
  const { counters } = parts;
  if (code === ResponseCode.SUCCESS) {
    counters.pullsFound++;
    counters.messagesOut += result.records.length;
    counters.bytesOut += result.bytes;
  } else {
    counters.pullsMissed++;
  }
  return {
    code,
    remark: result.status,
    header: {
      suggestWhichBrokerId: MASTER_ID,
      nextBeginOffset: result.nextOffset,
      minOffset: result.minOffset,
      maxOffset: result.maxOffset,
      topicSysFlag: topic.topicSysFlag,
      groupSysFlag: group.groupSysFlag,
    },
    body: code === ResponseCode.SUCCESS ? result.records : undefined,
  };
}
