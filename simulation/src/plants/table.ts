import {
  getConsumerListByGroup,
  getConsumerListByGroupResponseBody,
  lockBatchMq,
  lockBatchRequestBody,
  lockBatchResponseBody,
  pullMessage,
  recordTotalSize,
  type RequestDefinition,
  ResponseCode,
  sendMessageV2,
  updateConsumerOffset,
} from '@cometmq/protocol';
import { answerOf, type IncomingRequest, type Reply } from '@cometmq/remoting';
import { plainRequest } from '../cluster/progress-tap.js';
import type { BrokerTap } from '../cluster/programs.js';
import type { Plant } from './plant.js';

type Request = IncomingRequest<RequestDefinition>;
type Answer = Reply<RequestDefinition> | undefined;
type Handle = (request: Request) => Answer | Promise<Answer>;

/** Puts something around the processor of one request. `count` is that of the request, from 1. */
function around(
  code: number,
  wrong: (request: Request, handle: Handle, count: number) => Answer | Promise<Answer>,
): () => BrokerTap {
  return () => {
    let count = 0;
    return (processors) =>
      processors.map((inner) => {
        const { definition } = inner;
        if (definition.code !== code) return inner;
        return { definition, handle: (request) => wrong(request, (asked) => answerOf(inner, asked), ++count) };
      });
  };
}

function withHeader(request: Request, change: Readonly<Record<string, unknown>>): Request {
  return { ...plainRequest(request), header: { ...request.header, ...change } };
}

/** A pulled body is records one behind the other, each beginning with its length. */
function swapFirstTwo(answer: Answer): Answer {
  if (answer?.code !== ResponseCode.SUCCESS || answer.body === undefined) return answer;
  const body = Buffer.concat(answer.body instanceof Uint8Array ? [answer.body] : [...answer.body]);
  const first = recordTotalSize(body);
  if (first >= body.length) return answer;
  const end = first + recordTotalSize(body, first);
  return { ...answer, body: Buffer.concat([body.subarray(first, end), body.subarray(0, first), body.subarray(end)]) };
}

export const PLANTS: readonly Plant[] = [
  {
    name: 'drop-acknowledged',
    meaning: 'a broker acknowledges every 50th message and stores it where nobody looks',
    checker: 'delivery',
    tap: around(sendMessageV2.code, (request, handle, count) =>
      handle(count % 50 === 0 ? withHeader(request, { topic: 'nowhere', queueId: 0 }) : request),
    ),
  },
  {
    name: 'acknowledge-unsynced',
    meaning: 'brokers acknowledge before the disk has the message, where power can be lost',
    checker: 'delivery',
    brokerOptions: (usual) => ({
      ...usual,
      store: { ...usual.store, flushDiskType: 'ASYNC_FLUSH', flushIntervalCommitLog: 10_000 },
    }),
  },
  {
    name: 'change-body',
    meaning: 'a broker changes the content of every 50th message',
    checker: 'invention',
    tap: around(sendMessageV2.code, (request, handle, count) => {
      if (count % 50 !== 0) return handle(request);
      const body = Uint8Array.from(request.body);
      // A letter of the text, at the end of the JSON.
      body[body.length - 3] = (body[body.length - 3] ?? 0) ^ 1;
      return handle({ ...plainRequest(request), body });
    }),
  },
  {
    name: 'swap-order',
    meaning: 'the first two messages of every 10th pull with several come in the wrong order',
    checker: 'order',
    tap: around(pullMessage.code, async (request, handle, count) => {
      const answer = await handle(request);
      return count % 10 === 0 ? swapFirstTwo(answer) : answer;
    }),
  },
  {
    name: 'forget-commits',
    meaning: 'brokers forget every other committed offset, so that a next owner begins too early',
    scenario: 'members-come-and-go',
    checker: 'order',
    tap: around(updateConsumerOffset.code, (request, handle, count) =>
      count % 2 === 0 ? { code: ResponseCode.SUCCESS } : handle(request),
    ),
  },
  {
    name: 'commit-back',
    meaning: 'a broker stores every 20th committed offset 2 too low',
    checker: 'offsets',
    tap: around(updateConsumerOffset.code, (request, handle, count) => {
      const { commitOffset } = request.header as unknown as { commitOffset: number };
      return handle(count % 20 === 0 ? withHeader(request, { commitOffset: Math.max(0, commitOffset - 2) }) : request);
    }),
  },
  {
    name: 'commit-ahead',
    meaning: 'a broker stores every 20th committed offset 2 too high',
    checker: 'offsets',
    tap: around(updateConsumerOffset.code, (request, handle, count) => {
      const { commitOffset } = request.header as unknown as { commitOffset: number };
      return handle(count % 20 === 0 ? withHeader(request, { commitOffset: commitOffset + 2 }) : request);
    }),
  },
  {
    name: 'lock-for-all',
    meaning: 'brokers lock a queue for whoever asks, and tell each member that it is alone',
    checker: 'ownership',
    tap: () => {
      const lock = around(lockBatchMq.code, ({ body }) => ({
        code: ResponseCode.SUCCESS,
        body: lockBatchResponseBody.encode({ lockOKMQSet: lockBatchRequestBody.decode(body).mqSet }),
      }))();
      const list = around(getConsumerListByGroup.code, onlyTheAsker)();
      return (processors) => list(lock(processors));
    },
  },
  {
    name: 'split-group',
    meaning: 'brokers tell each member of a group that it is alone',
    checker: 'ownership',
    tap: around(getConsumerListByGroup.code, onlyTheAsker),
  },
];

async function onlyTheAsker(request: Request, handle: Handle): Promise<Answer> {
  const answer = await handle(request);
  if (answer?.code !== ResponseCode.SUCCESS || !(answer.body instanceof Uint8Array)) return answer;
  const { consumerIdList } = getConsumerListByGroupResponseBody.decode(answer.body);
  const own = consumerIdList.filter((id) => id.startsWith(`${request.connection.remote.host}@`));
  return { ...answer, body: getConsumerListByGroupResponseBody.encode({ consumerIdList: own }) };
}
