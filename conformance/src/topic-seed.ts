import { setTimeout as sleep } from 'node:timers/promises';
import { probe } from './remoting-probe.js';

const getRouteInfoByTopic = 105;
const sendMessageV2 = 310;
const deadlineMs = 10_000;

/** The body of the message that brings a topic into being; tests do not count it. */
export const seedBody = 'seed';

/** Makes a topic of four queues by sending to it, then waits until the name server knows it. */
export async function createTopic(namesrv: string, topic: string): Promise<void> {
  const broker = await brokerAddress(namesrv);
  const code = await seed(broker, topic, 4);
  if (code !== 0) {
    throw new Error(`the broker refused the first message of ${topic} with code ${code}`);
  }
  const end = performance.now() + deadlineMs;
  while ((await probe(namesrv, getRouteInfoByTopic, { topic })).code !== 0) {
    if (performance.now() > end) {
      throw new Error(`the name server does not know ${topic} after ${deadlineMs} ms`);
    }
    await sleep(20);
  }
}

/** Sends the first message of a topic; returns the answer's code. */
export async function seed(broker: string, topic: string, queueCount: number): Promise<number> {
  const fields = {
    a: 'conformance',
    b: topic,
    c: 'TBW102',
    d: String(queueCount),
    e: '0',
    f: '0',
    g: '0',
    h: '0',
    i: '',
    j: '0',
    k: 'false',
    m: 'false',
  };
  return (await probe(broker, sendMessageV2, fields, seedBody)).code;
}

/** Apache's JSON has bare numbers as keys: `"brokerAddrs":{0:"host:port"}`. */
async function brokerAddress(namesrv: string): Promise<string> {
  const { body } = await probe(namesrv, getRouteInfoByTopic, { topic: 'TBW102' });
  const address = /"brokerAddrs":\{"?0"?:"([^"]+)"/.exec(body)?.[1];
  if (address === undefined) {
    throw new Error(`no broker in the route of the default topic: ${body}`);
  }
  return address;
}
