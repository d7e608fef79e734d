import { FrameDecoder, type RemotingCommand, RESPONSE_FLAG, updateAndCreateSubscriptiongroup } from '@cometmq/protocol';
import { createPipe } from '@cometmq/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeFrame, frameBytes, type GoldenFrame, goldenFrames } from '../../../tools/golden-reader/golden-wire.js';
import { BrokerHarness, during } from './broker-harness.js';

/*
 * Requests that Apache's clients sent to Apache's broker (conformance/golden/wire), sent to ours: the answers must have
 * the same code and the same header keys.
 */

/** In the order in which they make each other possible; heartbeats stay connected. */
const ORDER = [
  17, 18, 200, 225, 34, 10, 310, 320, 36, 11, 361, 12, 14, 15, 29, 30, 31, 32, 33, 38, 46, 41, 42, 21, 351, 201, 352,
  28, 26, 43, 45, 203, 204, 202, 208, 35, 215, 207, 25,
];

/** What this broker means to answer otherwise, and why. */
const INTENDED: readonly { readonly when: RegExp; readonly code?: number; readonly why: string }[] = [
  { when: /timer message|recalled/, code: 310, why: 'no timer wheel yet: refused' },
  { when: /transaction/, code: 310, why: 'no transactions yet: refused' },
  { when: /SQL|expression that does not parse|client's configuration/, why: 'no SQL92 yet: refused' },
  { when: /empty body|no body/, code: 310, why: 'answered 13: Apache stumbles over a null pointer' },
  { when: /maxMessageSize/, code: 310, why: 'maxMessageSize is not set to 20000 here' },
  {
    when: /automatic batches/,
    code: 320,
    why: 'inner batches (queue.type=BatchCQ) are not supported: stored one by one',
  },
  { when: /empty body object/, code: 34, why: 'a heartbeat without a clientID is refused' },
  {
    when: /metadata for a slave|all topic conf|all group conf/,
    why: 'the total is told although the table is not sliced',
  },
];

const answers = new Map(goldenFrames.map((frame) => [frame.responseTo, frame]));
const requests = goldenFrames
  .filter((frame) => frame.kind === 'request' && frame.direction === 'client->broker' && frame.serialize === 'json')
  .filter((frame) => ORDER.includes(frame.code) && answers.has(keyOf(frame)))
  .sort((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code));

function keyOf(frame: GoldenFrame): string {
  return `${frame.file}:${frame.offset}`;
}

let harness: BrokerHarness;
beforeAll(async () => {
  harness = await BrokerHarness.start({ store: { mappedFileSizeCommitLog: 1 << 23 } });
  await prepare();
});
afterAll(() => harness.close());

/** The topics and groups that the captured runs had made. */
async function prepare(): Promise<void> {
  const client = harness.client();
  const named = requests.map((frame) => decodeFrame(frameBytes(frame)).fields ?? {});
  const topics = new Set(
    named
      .map((fields) => fields['b'] ?? fields['topic'] ?? '')
      .filter((topic) => /^([A-Z]\d_|%RETRY%)/.test(topic) && !topic.endsWith('never')),
  );
  for (const topic of topics) {
    const perm = topic.endsWith('writeonly') ? 2 : 6;
    await client.makeTopic(topic, { perm });
  }
  for (const groupName of ['J5_forbidden', 'R5_forbidden', 'J4_forbidden']) {
    const body = new TextEncoder().encode(JSON.stringify({ groupName, consumeEnable: false }));
    await client.ask(updateAndCreateSubscriptiongroup, {}, { body });
  }
}

async function replay(frame: GoldenFrame): Promise<RemotingCommand> {
  const [near, far] = createPipe(harness.clock, {
    addresses: [
      { host: '10.1.1.1', port: 5 },
      { host: '127.0.0.1', port: 10_911 },
    ],
  });
  harness.server.accept(far);
  const answer = await during(
    harness.clock,
    new Promise<RemotingCommand>((resolve) => {
      const decoder = new FrameDecoder({ maxFrameBytes: 1 << 24 });
      const data = (bytes: Uint8Array) =>
        decoder.push(bytes, (command) => (command.flag & RESPONSE_FLAG) !== 0 && resolve(command));
      near.attach({ data, drained() {}, closed() {} });
      near.send(frameBytes(frame));
    }),
  );
  if (frame.code !== 34) near.close();
  return answer;
}

const keys = (command: RemotingCommand): string =>
  Object.keys(command.fields ?? {})
    .toSorted()
    .join(',');

/** What was stored before differs, so what is found may; that something was looked for must not. */
const INTERCHANGEABLE: Readonly<Record<number, readonly number[]>> = {
  11: [0, 19, 20, 21, 24, 25],
  361: [0, 19, 20, 21],
  12: [0, 22],
  14: [0, 22],
  15: [0, 26],
  33: [0, 1],
  36: [0, 1],
  38: [0, 1],
  203: [0, 206],
  204: [0, 1],
};

function agrees(code: number, want: RemotingCommand, got: RemotingCommand): boolean {
  if (want.code === got.code) return keys(want) === keys(got);
  const either = INTERCHANGEABLE[code];
  return either !== undefined && either.includes(want.code) && either.includes(got.code);
}

it('answers what Apache answered', async () => {
  expect(requests.length).toBeGreaterThan(350);
  const differences: string[] = [];
  const excused = new Set<string>();
  for (const frame of requests) {
    const want = decodeFrame(frameBytes(answers.get(keyOf(frame))!));
    const got = await replay(frame);
    if (agrees(frame.code, want, got)) continue;
    const intended = INTENDED.find(
      ({ when, code }) => when.test(frame.scenario) && (code === undefined || code === frame.code),
    );
    if (intended !== undefined) excused.add(intended.why);
    else
      differences.push(
        `${frame.code} ${frame.scenario}: Apache ${want.code} [${keys(want)}] ${want.remark ?? ''}, here ${got.code} [${keys(got)}] ${got.remark ?? ''}`,
      );
  }
  expect(differences).toEqual([]);
  // One that does not occur any more is to be taken off the list.
  expect(INTENDED.filter(({ why }) => !excused.has(why))).toEqual([]);
}, 60_000);
