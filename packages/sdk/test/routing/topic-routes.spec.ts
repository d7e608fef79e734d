import type { TopicRouteData } from '@cometmq/protocol';
import { seededRandom, silentLogger, VirtualClock } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { TopicRoutes, type TopicRoutesOptions } from '../../src/routing/topic-routes.js';

interface Said {
  readonly queues?: Readonly<Record<string, readonly [read: number, write: number, perm: number]>>;
  readonly brokers?: Readonly<Record<string, readonly string[]>>;
  readonly order?: string;
}

function data({ queues = { a: [2, 2, 6] }, brokers = { a: ['a:1'] }, order }: Said): TopicRouteData {
  return {
    queueDatas: Object.entries(queues).map(([brokerName, [readQueueNums, writeQueueNums, perm]]) => ({
      brokerName,
      readQueueNums,
      writeQueueNums,
      perm,
      topicSysFlag: 0,
    })),
    brokerDatas: Object.entries(brokers).map(([brokerName, addresses]) => ({
      cluster: 'c',
      brokerName,
      brokerAddrs: new Map(addresses.flatMap((address, id) => (address === '' ? [] : [[id, address] as const]))),
      enableActingMaster: false,
    })),
    filterServerTable: new Map(),
    ...(order !== undefined && { orderTopicConf: order }),
  };
}

function setUp(answers: Record<string, TopicRouteData | Error | undefined>, options: TopicRoutesOptions = {}) {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const routes = new TopicRoutes(
    {
      clock,
      random: seededRandom(1),
      logger: silentLogger,
      dial: (address) => `ws://${address}`,
      fetch: async (topic) => {
        asked.push(topic);
        const answer = answers[topic];
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    options,
  );
  return { clock, asked, routes, answers };
}

const names = (queues: readonly { readonly brokerName: string; readonly queueId: number }[]) =>
  queues.map(({ brokerName, queueId }) => `${brokerName}${queueId}`);

describe('queues of a topic', () => {
  it('can be written with W and a master, read with R, in the order of broker names', async () => {
    const said = data({
      queues: { c: [1, 1, 6], a: [1, 2, 6], readonly: [2, 2, 4], writeonly: [1, 1, 2], headless: [1, 1, 6] },
      brokers: { c: ['c:1'], a: ['a:1', 'a:2'], readonly: ['r:1'], writeonly: ['w:1'], headless: ['', 'h:2'] },
    });
    const { routes } = setUp({ t: said });
    const info = await routes.forPublish('t');
    expect(names(info.queues)).toEqual(['a0', 'a1', 'c0', 'writeonly0']);
    expect(info.addresses).toEqual(['ws://a:1', 'ws://a:1', 'ws://c:1', 'ws://w:1']);
    expect(names((await routes.forSubscribe('t'))!.subscribe)).toEqual([
      'a0',
      'c0',
      'headless0',
      'readonly0',
      'readonly1',
    ]);
  });

  it('follow the administrator for order topics', async () => {
    const { routes } = setUp({
      t: data({
        queues: { a: [8, 8, 6], b: [8, 8, 6] },
        brokers: { a: ['a:1'], b: ['b:1'] },
        order: 'b:2;a:1;gone:4;nonsense',
      }),
    });
    expect(names((await routes.forPublish('t')).queues)).toEqual(['b0', 'b1', 'a0']);
  });

  it('survive counts that cannot be', async () => {
    const { routes } = setUp({ t: data({ queues: { a: [-1, 2_000_000_000, 6] } }) });
    expect((await routes.forPublish('t')).queues).toHaveLength(65_536);
    expect((await routes.forSubscribe('t'))!.subscribe).toEqual([]);
  });
});

describe('unknown topics', () => {
  it('get the queues a broker would create, for producers only, and their own as soon as they exist', async () => {
    const { routes, answers, asked } = setUp({ TBW102: data({ queues: { a: [8, 8, 7] } }) });
    expect(names((await routes.forPublish('new')).queues)).toEqual(['a0', 'a1', 'a2', 'a3']);
    expect(asked).toEqual(['new', 'TBW102']);
    expect(await routes.forSubscribe('new')).toBeUndefined();
    expect(routes.get('new')!.source).toBe('default');
    answers['new'] = data({ queues: { a: [1, 1, 6] } });
    await routes.refreshAll();
    expect(names((await routes.forPublish('new')).queues)).toEqual(['a0']);
    expect((await routes.forSubscribe('new'))!.source).toBe('topic');
  });

  it('are an error that says what to do', async () => {
    const { routes } = setUp({});
    await expect(routes.forPublish('new')).rejects.toMatchObject({
      code: 'NO_ROUTE',
      message: expect.stringMatching(/autoCreateTopicEnable/),
    });
    expect(await routes.forSubscribe('new')).toBeUndefined();
  });

  it('that cannot be written are another', async () => {
    const { routes } = setUp({ t: data({ queues: { a: [1, 1, 4] } }) });
    await expect(routes.forPublish('t')).rejects.toMatchObject({ code: 'NO_QUEUE' });
  });
});

describe('asking', () => {
  it('happens once for all who want to know at the same time', async () => {
    const { routes, asked } = setUp({ t: data({}) });
    await Promise.all([routes.forPublish('t'), routes.forPublish('t'), routes.refresh('t')]);
    expect(asked).toEqual(['t']);
  });

  it('is repeated every 30 s for the topics in use, and a failure leaves the old route', async () => {
    const { routes, asked, answers, clock } = setUp({ t: data({}), u: data({}) });
    routes.start();
    const info = await routes.forPublish('t');
    await routes.forSubscribe('u');
    asked.length = 0;
    answers['t'] = new Error('away');
    answers['u'] = undefined;
    await clock.advance(30_000);
    expect(asked.sort()).toEqual(['t', 'u']);
    expect(await routes.forPublish('t')).toBe(info);
    expect(routes.get('u')).toBeDefined();
    routes.forget('u');
    asked.length = 0;
    await clock.advance(30_000);
    expect(asked).toEqual(['t']);
    routes.close();
    asked.length = 0;
    await clock.advance(120_000);
    expect(asked).toEqual([]);
  });

  it('keeps a topic that one name server has lost', async () => {
    const { routes, answers } = setUp({
      t: data({}),
      TBW102: data({ queues: { z: [8, 8, 7] }, brokers: { z: ['z:1'] } }),
    });
    await routes.forPublish('t');
    answers['t'] = undefined;
    await routes.refresh('t');
    expect(names((await routes.forPublish('t')).queues)).toEqual(['a0', 'a1']);
  });

  it('tells listeners of changes only', async () => {
    const { routes, answers } = setUp({
      t: data({ queues: { a: [1, 1, 6], b: [1, 1, 6] }, brokers: { a: ['a:1'], b: ['b:1'] } }),
    });
    const heard: number[] = [];
    const stop = routes.onChange((route, before) =>
      heard.push(route.subscribe.length - (before?.subscribe.length ?? 0)),
    );
    await routes.forSubscribe('t');
    answers['t'] = data({ queues: { b: [1, 1, 6], a: [1, 1, 6] }, brokers: { b: ['b:1'], a: ['a:1'] } });
    await routes.refresh('t');
    expect(heard).toEqual([2]);
    answers['t'] = data({ queues: { a: [4, 4, 6] } });
    await routes.refresh('t');
    expect(heard).toEqual([2, 2]);
    stop();
    answers['t'] = data({});
    await routes.refresh('t');
    expect(heard).toHaveLength(2);
  });

  it('goes on with the round robin after a change', async () => {
    const { routes, answers } = setUp({ t: data({}) });
    (await routes.forPublish('t')).cursor = 41;
    answers['t'] = data({ queues: { a: [4, 4, 6] } });
    await routes.refresh('t');
    expect((await routes.forPublish('t')).cursor).toBe(41);
  });

  it('asks sooner after a failed send, but not in a storm', async () => {
    const { routes, asked, clock } = setUp({ t: data({}) });
    await routes.forPublish('t');
    await clock.advance(2000);
    asked.length = 0;
    for (let n = 0; n < 100; n++) routes.suspect('t');
    await clock.settle();
    expect(asked).toEqual(['t']);
    routes.suspect('unused');
    await clock.settle();
    expect(asked).toEqual(['t']);
  });

  it('remembers a bounded number of topics', async () => {
    const answers = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`t${n}`, data({})]));
    const { routes } = setUp(answers, { maxTopics: 3 });
    await routes.forSubscribe('t0');
    for (let n = 1; n < 10; n++) await routes.forPublish(`t${n}`);
    expect([...routes.topics]).toEqual(['t0', 't8', 't9']);
  });
});

describe('a producer that comes while a reader asks for a topic nobody has', () => {
  it('gets the queues of the default topic, whenever it comes', async () => {
    for (let turns = 0; turns < 12; turns++) {
      const { routes } = setUp({ TBW102: data({}) });
      const reading = routes.forSubscribe('t');
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      const info = await routes.forPublish('t');
      expect(names(info.queues)).toEqual(['a0', 'a1']);
      expect(await reading).toBeUndefined();
    }
  });
});
