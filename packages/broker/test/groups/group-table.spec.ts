import {
  deleteSubscriptiongroup,
  getAllSubscriptiongroupConfig,
  getSubscriptiongroupConfig,
  ResponseCode,
  subscriptionGroupConfig,
  subscriptionGroupWrapper,
  updateAndCreateSubscriptiongroup,
  updateAndCreateSubscriptiongroupList,
} from '@cometmq/protocol';
import { encodeUtf8, VirtualClock } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { plainGroup } from '../../src/groups/group-config.js';
import { client, closeBrokerAfterEach, harness, startBroker } from '../broker-per-test.js';

closeBrokerAfterEach();

const update = (text: string) => client.ask(updateAndCreateSubscriptiongroup, {}, { body: encodeUtf8(text) });
async function config(group: string) {
  const answer = await client.ask(getSubscriptiongroupConfig, { group });
  return answer.code === 0 ? subscriptionGroupConfig.decode(answer.body) : answer.code;
}
const all = async () => subscriptionGroupWrapper.decode((await client.ask(getAllSubscriptiongroupConfig, {})).body);

describe('a subscription group', () => {
  it('of the system is there from the start', async () => {
    await startBroker();
    expect([...(await all()).subscriptionGroupTable.keys()].toSorted()).toEqual([
      'CID_ONS-HTTP-PROXY',
      'CID_ONSAPI_OWNER',
      'CID_ONSAPI_PERMISSION',
      'CID_ONSAPI_PULL',
      'CID_RMQ_SYS_TRANS',
      'FILTERSRV_CONSUMER',
      'SELF_TEST_C_GROUP',
      'TOOLS_CONSUMER',
    ]);
  });

  it('comes into being with defaults when it is asked for', async () => {
    await startBroker();
    expect(await config('CG')).toEqual(plainGroup('CG'));
  });

  it('is replaced as a whole, and kept over a restart', async () => {
    const clock = new VirtualClock();
    await startBroker({ clock });
    await update('{"groupName":"CG","retryMaxTimes":3,"consumeEnable":false}');
    expect((await update('{"groupName":"CG","retryQueueNums":2}')).code).toBe(0);
    const { disk } = harness;
    await harness.close();
    await startBroker({ clock, disk });
    expect(await config('CG')).toEqual({ ...plainGroup('CG'), retryQueueNums: 2 });
  });

  it('that was made in passing is kept over a restart', async () => {
    const clock = new VirtualClock();
    await startBroker({ clock });
    await client.consume('Passing', { T: '*' });
    const { disk } = harness;
    await harness.close();
    await startBroker({ clock, disk, autoCreateSubscriptionGroup: false });
    expect(await config('Passing')).toEqual(plainGroup('Passing'));
  });

  it('is not made when that is not allowed, but for those of the system', async () => {
    await startBroker({ autoCreateSubscriptionGroup: false });
    expect(await config('CG')).toBe(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
    expect(await config('CID_RMQ_SYS_X')).toMatchObject({ groupName: 'CID_RMQ_SYS_X' });
  });

  it.each(['{"groupName":""}', '{"groupName":"no way"}', `{"groupName":"${'x'.repeat(121)}"}`])(
    'called %s is refused',
    async (text) => {
      await startBroker();
      expect((await update(text)).code).toBe(ResponseCode.INVALID_PARAMETER);
    },
  );

  it.each(['', '[', '{"groupName":[]}'])('that reads %j is refused', async (text) => {
    await startBroker();
    expect((await update(text)).code).toBe(ResponseCode.SYSTEM_ERROR);
  });

  it('in a list with a bad one is not made', async () => {
    await startBroker({ autoCreateSubscriptionGroup: false });
    const list = (names: string[]) =>
      client.ask(
        updateAndCreateSubscriptiongroupList,
        {},
        { body: encodeUtf8(JSON.stringify({ groupConfigList: names.map((groupName) => ({ groupName })) })) },
      );
    expect((await list(['A', 'no way'])).code).toBe(ResponseCode.INVALID_PARAMETER);
    expect(await config('A')).toBe(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
    expect((await list(['A', 'B'])).code).toBe(0);
    expect(await config('B')).toEqual(plainGroup('B'));
  });

  it('that is deleted is gone, and one that never was is no error', async () => {
    await startBroker({ autoCreateSubscriptionGroup: false });
    await update('{"groupName":"CG"}');
    expect((await client.ask(deleteSubscriptiongroup, { groupName: 'CG', cleanOffset: false })).code).toBe(0);
    expect(await config('CG')).toBe(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
    expect((await client.ask(deleteSubscriptiongroup, { groupName: 'CG', cleanOffset: false })).code).toBe(0);
  });
});
