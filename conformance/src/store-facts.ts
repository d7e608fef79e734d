import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { probe } from './remoting-probe.js';
import type { Acked, Progress } from './store-contents.js';

const code = { pull: 11, query: 12, consumerOffset: 14, maxOffset: 30, minOffset: 31, view: 33 } as const;
const found = 0;
const retryImmediately = 20;
/** Subscription in the request; nothing is committed, nobody waits. */
const pullFlags = 4;

/** Answers of a broker, by question; brokers on one store have to give the same. */
export type StoreFacts = ReadonlyMap<string, string>;

const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

/** Asks a broker for everything that its store has. */
export async function storeFacts(
  broker: string,
  store: string,
  wanted: { readonly acked: readonly Acked[]; readonly progress: readonly Progress[] },
): Promise<StoreFacts> {
  const facts = new Map<string, string>();
  for (const topic of readdirSync(join(store, 'consumequeue'))) {
    for (const queueId of readdirSync(join(store, 'consumequeue', topic))) {
      await queueFacts(broker, topic, queueId, facts);
    }
  }
  const end = String(Number.MAX_SAFE_INTEGER);
  const range = { maxNum: '32', beginTimestamp: '0', endTimestamp: end };
  for (const { topic, key, uniqueKey } of wanted.acked) {
    const byKey = await probe(broker, code.query, { topic, key, ...range });
    facts.set(`key ${topic} ${key}`, `${byKey.code} ${sha1(byKey.bytes)}`);
    const fields = { topic, key: uniqueKey, ...range, _UNIQUE_KEY_QUERY: 'true' };
    const byUniqueKey = await probe(broker, code.query, fields);
    facts.set(`unique key ${topic} ${uniqueKey}`, `${byUniqueKey.code} ${sha1(byUniqueKey.bytes)}`);
  }
  for (const { group, topic, queueId } of wanted.progress) {
    const fields = { consumerGroup: group, topic, queueId: String(queueId) };
    const answer = await probe(broker, code.consumerOffset, fields);
    facts.set(`progress ${group} ${topic} ${queueId}`, `${answer.code} ${answer.fields['offset']}`);
  }
  return facts;
}

async function queueFacts(broker: string, topic: string, queueId: string, facts: Map<string, string>): Promise<void> {
  const min = (await probe(broker, code.minOffset, { topic, queueId })).fields['offset'];
  const max = (await probe(broker, code.maxOffset, { topic, queueId })).fields['offset'];
  facts.set(`queue ${topic} ${queueId}`, `${min} to ${max}`);
  for (let offset = Number(min); offset < Number(max);) {
    const fields = {
      consumerGroup: 'conformance-facts',
      topic,
      queueId,
      queueOffset: String(offset),
      maxMsgNums: '32',
    };
    const how = { sysFlag: String(pullFlags), commitOffset: '0', suspendTimeoutMillis: '0', subscription: '*' };
    const answer = await probe(broker, code.pull, { ...fields, ...how, subVersion: '0', expressionType: 'TAG' });
    const next = Number(answer.fields['nextBeginOffset']);
    if ((answer.code !== found && answer.code !== retryImmediately) || !(next > offset)) {
      facts.set(`message ${topic} ${queueId} ${offset}`, `code ${answer.code} ${answer.remark}`);
      return;
    }
    for (const record of records(answer.bytes)) {
      const at = `${topic} ${queueId} ${Number(record.readBigInt64BE(20))}`;
      facts.set(`message ${at}`, sha1(record));
      const view = await probe(broker, code.view, { offset: String(record.readBigInt64BE(28)) });
      facts.set(`message by place ${at}`, `${view.code} ${sha1(view.bytes)}`);
    }
    offset = next;
  }
}

function* records(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at + 4 <= bytes.length;) {
    const size = bytes.readInt32BE(at);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** Questions that were answered differently, at most a few of them in words. */
export function difference(first: StoreFacts, second: StoreFacts): string {
  const questions = new Set([...first.keys(), ...second.keys()]);
  const different = [...questions].filter((question) => first.get(question) !== second.get(question));
  const some = different.slice(0, 3).map((each) => `${each}: ${first.get(each)} / ${second.get(each)}`);
  return different.length === 0 ? '' : `${different.length} of ${questions.size} differ: ${some.join('; ')}`;
}

/** Acknowledged messages that a broker does not have at their places. */
export function lost(facts: StoreFacts, acked: readonly Acked[]): string {
  const missing = acked.filter(
    ({ topic, queueId, queueOffset }) => !facts.has(`message ${topic} ${queueId} ${queueOffset}`),
  );
  return missing.length === 0
    ? ''
    : `${missing.length} of ${acked.length} are lost, the first ${JSON.stringify(missing[0])}`;
}

/** Hashes of all files of log, queues and index. */
export function storeBytes(store: string): StoreFacts {
  const facts = new Map<string, string>();
  for (const room of ['commitlog', 'consumequeue', 'index']) {
    for (const entry of readdirSync(join(store, room), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) {
        facts.set(path.slice(store.length + 1), sha1(readFileSync(path)));
      }
    }
  }
  return facts;
}
