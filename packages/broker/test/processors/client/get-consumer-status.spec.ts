import {
  getConsumerStatusBody,
  getConsumerStatusFromClient,
  invokeBrokerToGetConsumerStatus,
  ResponseCode,
} from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import { during } from '../../broker-harness.js';
import { brokerPerTest, client, harness } from '../../broker-per-test.js';

brokerPerTest();

const queue = { topic: 'T', brokerName: 'broker-a', queueId: 0 };

/** A member that says how far it is; without an offset it is silent. */
async function member(clientID: string, offset?: number): Promise<void> {
  const consumer = harness.client();
  await consumer.consume('CG', { T: '*' }, { clientID });
  if (offset === undefined) return;
  consumer.onRequest = (command, connection) =>
    connection.answer(command, getConsumerStatusFromClient, {
      code: 0,
      body: getConsumerStatusBody.encode({ messageQueueTable: [[queue, offset]], consumerTable: new Map() }),
    });
}

const ask = (clientAddr?: string) =>
  during(
    harness.clock,
    client.connection.request(
      invokeBrokerToGetConsumerStatus,
      { topic: 'T', group: 'CG', ...(clientAddr !== undefined && { clientAddr }) },
      { timeoutMs: 30_000 },
    ),
  );
const tableOf = async (clientAddr?: string) =>
  Object.fromEntries(getConsumerStatusBody.decode((await ask(clientAddr)).body).consumerTable);

describe('how far a group is', () => {
  it('is asked of every member, and who is silent is left out', async () => {
    await member('a@1', 7);
    await member('b@1', 9);
    await member('silent@1');
    expect(await tableOf()).toEqual({ 'a@1': [[queue, 7]], 'b@1': [[queue, 9]] });
  });

  it('is asked of the one that is named', async () => {
    await member('a@1', 7);
    await member('b@1', 9);
    expect(await tableOf('b@1')).toEqual({ 'b@1': [[queue, 9]] });
  });

  it('is not known when nobody is there', async () => {
    expect((await ask()).code).toBe(ResponseCode.SYSTEM_ERROR);
    await member('a@1', 7);
    expect((await ask('b@1')).code).toBe(ResponseCode.SYSTEM_ERROR);
  });
});
