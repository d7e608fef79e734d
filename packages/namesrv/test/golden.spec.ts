import {
  clusterInfo,
  getBrokerMemberGroupResponseBody,
  registerBroker,
  type RemotingCommand,
  topicList,
  topicRouteData,
} from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import { type Exchange, namesrvExchanges } from './golden.js';
import { TestNameServer } from './harness.js';

/** The registration of a broker with all topics of the capture, as a master that no slave stands in for. */
const FULL_TABLES = ['broker-namesrv-json-JAVA-479-7.bin', 'broker-namesrv-rocketmq-JAVA-479-4.bin'];

async function registered(enableActingMaster = 'false') {
  const server = await new TestNameServer({ orderMessageEnable: true }).start();
  const connection = server.connect();
  for (const { request, file } of namesrvExchanges(103)) {
    if (!FULL_TABLES.some((name) => file.endsWith(name))) continue;
    const header = registerBroker.request.decode({ ...request.fields, enableActingMaster });
    // A name server takes the table of a version once; the capture has two of the same broker.
    await server.askOver(connection, registerBroker, header, { body: request.body });
  }
  return { server, connection };
}

const text = (command: RemotingCommand | undefined) => new TextDecoder().decode(command?.body);

describe('registrations as Apache brokers send them', () => {
  const exchanges = namesrvExchanges(103);

  it.each(exchanges.map((exchange) => [exchange.file.split('/')[1], exchange] as const))(
    '%s is answered',
    async (_, exchange) => {
      const server = await new TestNameServer().start();
      const known = exchanges.find(({ file }) => file.endsWith('json-JAVA-479-1.bin'))!;
      // Tables of one topic are only taken from a broker that is known.
      await server.replay(known.bytes);
      const answer = await server.replay(exchange.bytes);
      // What Apache's name server fails on here is a compressed body with a header that says it is not.
      expect(answer?.code).toBe(exchange.answer?.code);
      expect(answer?.opaque).toBe(exchange.request.opaque);
      expect(answer?.serialization).toBe(exchange.request.serialization);
      await server.close();
    },
  );

  it('of a single topic come too early from a broker that is not known', async () => {
    const server = await new TestNameServer().start();
    const single = exchanges.find(({ file }) => file.endsWith('json-JAVA-479-2.bin'))!;
    expect(await server.replay(single.bytes)).toMatchObject({ code: 1, remark: 'register broker failed' });
  });
});

describe('routes', () => {
  const asked = namesrvExchanges(105).filter(({ answer }) => answer !== undefined);

  /** Answers that depend on something the capture did in between. */
  const inOtherState = ({ scenario, answer }: Exchange) =>
    /wiped|unregistration|compatibleWithOldNameSrv|forceRegister|compressedRegister/.test(scenario) ||
    text(answer).includes('orderTopicConf');

  it('are those that Apache gave, byte for byte, to clients of every version', async () => {
    const { server } = await registered();
    const compared: string[] = [];
    for (const exchange of asked) {
      if (inOtherState(exchange) || exchange.answer?.code !== 0) continue;
      const { topic } = exchange.request.fields as { topic: string };
      const answer = await server.replay(exchange.bytes);
      if (answer?.code === 17) continue;
      // An early client saw the name server before a later one made more queues of the same topic.
      if (topic === 'TBW102' && exchange.request.version === 409) continue;
      expect([exchange.file, topic, text(answer)]).toEqual([exchange.file, topic, text(exchange.answer)]);
      compared.push(exchange.file);
    }
    expect(compared.length).toBeGreaterThan(20);
    expect(new Set(compared.map((file) => /JAVA-(\d+)/.exec(file)?.[1]))).toEqual(
      new Set(['0', '121', '300', '409', '479']),
    );
  });

  it('of unknown topics are refused with 17 and their name', async () => {
    const { server } = await registered();
    const unknown = asked.find(({ scenario }) => scenario === 'route of an unknown topic')!;
    const answer = await server.replay(unknown.bytes);
    expect(answer?.code).toBe(17);
    expect(unknown.answer?.remark?.startsWith(answer!.remark!)).toBe(true);
  });

  it('carry the queues of an orderly topic', async () => {
    const { server } = await registered();
    const put = namesrvExchanges(100).find(({ file }) => file.endsWith('rocketmq-JAVA-479-2.bin'))!;
    expect((await server.replay(put.bytes))?.code).toBe(0);
    const route = asked.find(({ file }) => file.endsWith('client-namesrv-rocketmq-JAVA-479-10.bin'))!;
    expect(text(await server.replay(route.bytes))).toBe(text(route.answer));
  });

  it('show that writing is wiped, and that it is added again', async () => {
    const { server } = await registered();
    const [wipe] = namesrvExchanges(205);
    const [add] = namesrvExchanges(327);
    const wiped = await server.replay(wipe!.bytes);
    expect(wiped?.fields).toEqual({ wipeTopicCount: String(server.topicCount()) });
    const route = asked.find(({ scenario }) => scenario === 'admin: topicRoute while writing is wiped')!;
    expect(topicRouteData.decode((await server.replay(route.bytes))!.body).queueDatas).toMatchObject([{ perm: 4 }]);
    expect(text(await server.replay(route.bytes))).toBe(text(route.answer));
    expect((await server.replay(add!.bytes))?.fields).toEqual({ addTopicCount: String(server.topicCount()) });
    expect(topicRouteData.decode((await server.replay(route.bytes))!.body).queueDatas).toMatchObject([{ perm: 6 }]);
  });
});

describe('lists and tables', () => {
  it('of clusters are those that Apache gave, byte for byte', async () => {
    for (const exchange of namesrvExchanges(106)) {
      const actingMaster = text(exchange.answer).includes('"enableActingMaster":true');
      const { server } = await registered(String(actingMaster));
      expect([exchange.file, text(await server.replay(exchange.bytes))]).toEqual([
        exchange.file,
        text(exchange.answer),
      ]);
      expect(clusterInfo.decode(exchange.answer!.body).clusterAddrTable.size).toBe(1);
    }
  });

  it('of a broker group are those that Apache gave', async () => {
    const { server } = await registered();
    for (const exchange of namesrvExchanges(901)) {
      const answer = await server.replay(exchange.bytes);
      expect(text(answer)).toBe(text(exchange.answer));
      expect(getBrokerMemberGroupResponseBody.decode(answer!.body).brokerMemberGroup?.brokerAddrs.size).toBe(1);
    }
  });

  it('of topics hold what Apache listed', async () => {
    const { server } = await registered();
    for (const code of [206, 224]) {
      for (const exchange of namesrvExchanges(code)) {
        const listed = new Set(topicList.decode((await server.replay(exchange.bytes))!.body).topicList);
        const own = exchange.file.includes('rocketmq') ? /^(%RETRY%|%DLQ%)?[RB]5_/ : /^(%RETRY%|%DLQ%)?J5_/;
        const expected = topicList.decode(exchange.answer!.body).topicList.filter((topic) => own.test(topic));
        expect(expected.length).toBeGreaterThan(10);
        expect([...expected].filter((topic) => !listed.has(topic))).toEqual([]);
      }
    }
    for (const code of [304, 311, 312, 313]) {
      for (const exchange of namesrvExchanges(code)) {
        const answer = topicList.decode((await server.replay(exchange.bytes))!.body);
        const expected = topicList.decode(exchange.answer!.body);
        expect(answer.brokerAddr).toBe(expected.brokerAddr);
        expect(new Set(answer.topicList)).toEqual(new Set(expected.topicList));
      }
    }
  });
});

/** What a client of the request looks at. */
function summary(code: number, answer: RemotingCommand | undefined) {
  const showsBody = code === 101 || code === 219;
  return {
    code: answer?.code,
    remark: answer?.remark,
    body: showsBody ? text(answer) : undefined,
    fields: code === 101 ? (answer?.fields ?? {}) : undefined,
  };
}

describe('all other requests of the capture', () => {
  it.each([100, 101, 102, 104, 216, 217, 219, 319, 322, 904, 10, 9999])(
    'code %i is answered as by Apache',
    async (code) => {
      for (const exchange of namesrvExchanges(code)) {
        const { server } = await registered();
        const isThere = exchange.answer?.code === 0 && [101, 102, 219].includes(code);
        const puts = namesrvExchanges(100).filter(
          ({ request }) => request.serialization === exchange.request.serialization,
        );
        if (isThere) for (const put of puts) await server.replay(put.bytes);
        const answer = await server.replay(exchange.bytes);
        expect(summary(code, answer)).toEqual(summary(code, exchange.answer));
      }
    },
  );

  it('changes a setting', async () => {
    const server = await new TestNameServer({ orderMessageEnable: false }).start();
    const [update] = namesrvExchanges(318);
    const [get] = namesrvExchanges(319);
    expect(text(await server.replay(get!.bytes))).toContain('orderMessageEnable=false\n');
    expect((await server.replay(update!.bytes))?.code).toBe(0);
    expect(text(await server.replay(get!.bytes))).toContain('orderMessageEnable=true\n');
  });
});
