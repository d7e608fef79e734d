import { setTimeout as sleep } from 'node:timers/promises';
import { probe, type ProbeAnswer } from './remoting-probe.js';

const code = { updateConsumerOffset: 15, sendBack: 36, sendV2: 310, sendBatch: 320 } as const;
const bodyBytes = 4000;
/** Level 1 is over in a second, level 3 waits longer than the run takes. */
const soonLevel = 1;
const waitingLevel = 3;
export const delayLevels = '1s 2s 1h';
const deliveryMs = 4000;

/** A message that a broker has acknowledged. */
export interface Acked {
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly uniqueKey: string;
  readonly key: string;
}

export interface Progress {
  readonly group: string;
  readonly topic: string;
  readonly queueId: number;
}

/** 127 characters with %RETRY% in front: as many as a topic may have. */
const longGroup = `conformance-${'g'.repeat(108)}`;

const properties = (pairs: Readonly<Record<string, string>>): string =>
  Object.entries(pairs)
    .map(([name, value]) => `${name}\u0001${value}\u0002`)
    .join('');

function sendFields(topic: string, queueId: number, text: string, batch = false): Record<string, string> {
  const head = { a: 'conformance', b: topic, c: 'TBW102', d: '4', e: String(queueId), f: '0', g: String(Date.now()) };
  return { ...head, h: '0', i: text, j: '0', k: 'false', m: String(batch) };
}

/** Sends one message; rejects when the broker does not take it. */
export async function send(
  broker: string,
  topic: string,
  queueId: number,
  name: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly acked: Acked; readonly answer: ProbeAnswer }> {
  const key = `key-${name}`;
  const uniqueKey = `UNIQUE${name}`;
  const text = properties({ UNIQ_KEY: uniqueKey, KEYS: key, TAGS: `tag${name.length % 3}`, ...more });
  const body = `${name} ${'.'.repeat(bodyBytes)}`;
  const answer = await probe(broker, code.sendV2, sendFields(topic, queueId, text), body);
  taken(answer, topic);
  return { acked: { topic, queueId, queueOffset: Number(answer.fields['queueOffset']), uniqueKey, key }, answer };
}

function taken(answer: ProbeAnswer, what: string): void {
  if (answer.code !== 0) {
    throw new Error(`${what}: code ${answer.code} ${answer.remark}`);
  }
}

/** Puts something of everything into a store through its broker. `round` tells names of different calls apart. */
export async function writeContents(broker: string, round: string): Promise<{ acked: Acked[]; progress: Progress[] }> {
  const acked: Acked[] = [];
  for (let index = 0; index < 400; index++) {
    acked.push((await send(broker, 'Plain', index % 4, `${round}-${index}`)).acked);
  }
  await sendBatch(broker, round);
  await send(broker, 'Delayed', 0, `${round}-soon`, { DELAY: String(soonLevel) });
  await send(broker, 'Delayed', 1, `${round}-waiting`, { DELAY: String(waitingLevel) });
  for (const [index, group] of ['conformance-short', longGroup].entries()) {
    const { answer } = await send(broker, 'Plain', 0, `${round}-back-${index}`);
    const offset = String(Number.parseInt((answer.fields['msgId'] ?? '').slice(16), 16));
    // The first time to the retry topic, the second time to the dead letters.
    for (const maxReconsumeTimes of ['16', '0']) {
      const fields = { offset, group, delayLevel: '1', originMsgId: '', originTopic: 'Plain', unitMode: 'false' };
      taken(await probe(broker, code.sendBack, { ...fields, maxReconsumeTimes }), group);
    }
  }
  const progress: Progress[] = [];
  for (const queueId of [0, 1, 2, 3]) {
    const fields = { consumerGroup: 'conformance-short', topic: 'Plain', queueId: String(queueId) };
    taken(
      await probe(broker, code.updateConsumerOffset, { ...fields, commitOffset: String(10 + queueId) }),
      'progress',
    );
    progress.push({ group: 'conformance-short', topic: 'Plain', queueId });
  }
  await sleep(deliveryMs);
  return { acked, progress };
}

/** Five messages in one request (store-format, 2.6). */
async function sendBatch(broker: string, round: string): Promise<void> {
  const items = Array.from({ length: 5 }, (_, index) => {
    const body = Buffer.from(`batch ${index}`);
    const text = Buffer.from(properties({ UNIQ_KEY: `BATCH${round}${index}`, KEYS: `batch-${round}` }));
    const item = Buffer.alloc(22 + body.length + text.length);
    item.writeInt32BE(item.length, 0);
    item.writeInt32BE(body.length, 16);
    body.copy(item, 20);
    item.writeInt16BE(text.length, 20 + body.length);
    text.copy(item, 22 + body.length);
    return item;
  });
  taken(await probe(broker, code.sendBatch, sendFields('Batch', 0, '', true), Buffer.concat(items)), 'the batch');
}

/** Sends until the broker is gone; resolves with what it had acknowledged. */
export async function sendUntilGone(broker: string, round: string, began: () => void): Promise<Acked[]> {
  const acked: Acked[] = [];
  const sender = async (number: number): Promise<void> => {
    for (let index = 0; ; index++) {
      try {
        acked.push((await send(broker, 'Load', number, `${round}-${number}-${index}`)).acked);
      } catch {
        return;
      }
      if (acked.length === 200) {
        began();
      }
    }
  };
  await Promise.all([0, 1, 2, 3].map(sender));
  began();
  return acked;
}
