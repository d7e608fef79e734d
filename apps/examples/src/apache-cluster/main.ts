// This SDK against Apache RocketMQ's own servers: only the address is another one. `npm run example -- apache-cluster`
// COMETMQ_NAMESRV=tcp://host:9876 names a cluster; without it Apache's name server and broker 5.3.3 are started here, which needs a
// JDK and Maven.
import { apacheServers } from '@cometmq/conformance/dist/apache-servers.js';
import { missingPackages } from '@cometmq/conformance/dist/tool-check.js';
import { reject, RocketMQ } from '@cometmq/sdk';
import { until } from '../example-server.js';

interface Payment {
  readonly account: string;
  readonly step: number;
  readonly amount: number;
}

const ACCOUNTS = ['ada', 'bob', 'cyd'];

async function payments(namesrv: string): Promise<void> {
  await using mq = await RocketMQ.connect({ namesrv });
  const { brokers } = await mq.health();
  console.log(
    `name server ${namesrv}${brokers.length === 0 ? '' : `, brokers ${brokers.map(({ name }) => name).join(', ')}`}`,
  );

  // A name of its own for each run: the cluster may have seen this example before.
  const topic = `example-payments-${Date.now().toString(36)}`;
  const group = `${topic}-ledger`;
  const booked = new Map<string, number[]>(ACCOUNTS.map((account) => [account, []]));
  const consumer = mq.pushConsumer({ group, mode: 'orderly', consumeFrom: 'first' });
  consumer.subscribe<Payment>({ topic, filter: { tags: ['payment'] } }, ({ body: { account, step, amount } }) => {
    if (amount < 0) return reject('a payment is not negative');
    booked.get(account)!.push(step);
    return undefined;
  });
  await consumer.start();

  const refused: string[] = [];
  const dead = mq.pushConsumer({ group: `${group}-audit`, consumeFrom: 'first' });
  dead.subscribe<Payment>(`%DLQ%${group}`, ({ body, originTopic }) => {
    refused.push(body.account);
    console.log(`a payment of ${body.account} was refused; it came from ${originTopic}`);
  });
  await dead.start();

  const producer = mq.producer();
  for (let step = 0; step < 5; step++) {
    for (const account of ACCOUNTS) {
      const { queue, queueOffset } = await producer.send(
        topic,
        { account, step, amount: 10 },
        { tags: 'payment', shardingKey: account },
      );
      if (step === 0)
        console.log(
          `payments of ${account} go to queue ${queue.queueId} of ${queue.brokerName}, the first at offset ${queueOffset}`,
        );
    }
  }
  await producer.send(topic, { account: 'eve', step: 0, amount: -10 }, { tags: 'payment', shardingKey: 'eve' });

  await until(
    'everything is booked in order',
    () => [...booked.values()].every((steps) => steps.join() === '0,1,2,3,4'),
    60_000,
  );
  await until('the refused payment is among the dead letters', () => refused.length === 1, 60_000);
  console.log('fifteen payments booked in order, one refused');
}

const given = process.env['COMETMQ_NAMESRV'];
if (given !== undefined) {
  if (!given.startsWith('tcp://')) {
    console.error(`COMETMQ_NAMESRV is ${given}: Apache's servers are reached by tcp://host:port`);
    process.exit(2);
  }
  await payments(given);
} else {
  const missing = missingPackages();
  if (missing.length > 0) {
    console.error(
      `Apache's servers need packages that are not installed. On Debian: apt-get install ${missing.join(' ')}`,
    );
    process.exit(2);
  }
  console.log("starting Apache's name server and broker");
  const server = await apacheServers.start();
  try {
    await payments(`tcp://${server.namesrv}`);
  } finally {
    await server.stop(false);
  }
}
