// Workers come and go; who owns which queue is shown as it changes. `npm run example -- worker-scaling`
import { RocketMQ, type MessageQueue } from '@cometmq/sdk';
import { until, withServer } from '../example-server.js';

interface Worker {
  readonly name: string;
  readonly mq: RocketMQ;
  queues: readonly MessageQueue[];
  done: number;
}

await withServer(async (namesrv) => {
  const workers: Worker[] = [];
  const finished = new Set<number>();
  const show = () =>
    console.log(
      workers
        .map(
          ({ name, queues, done }) =>
            `${name} [${queues
              .map(({ queueId }) => queueId)
              .toSorted((a, b) => a - b)
              .join(' ')}] ${done}`,
        )
        .join('   ') || 'nobody',
    );

  const hire = async (name: string) => {
    const mq = await RocketMQ.connect({ namesrv, instanceName: name });
    const worker: Worker = { name, mq, queues: [], done: 0 };
    workers.push(worker);
    const consumer = mq.pushConsumer({ group: 'workers', consumeFrom: 'first' });
    consumer.subscribe<{ job: number }>('jobs', async ({ body }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      finished.add(body.job);
      worker.done += 1;
    });
    consumer.assignment$.subscribe((queues) => {
      worker.queues = queues.filter(({ topic }) => topic === 'jobs');
      show();
    });
    await consumer.start();
  };
  const dismiss = async (name: string) => {
    const [gone] = workers.splice(
      workers.findIndex((worker) => worker.name === name),
      1,
    );
    await gone!.mq.close();
  };

  const boss = await RocketMQ.connect({ namesrv });
  const producer = boss.producer();
  let job = 0;
  const post = async (count: number) => {
    for (let i = 0; i < count; i += 1) await producer.send('jobs', { job: job++ });
  };
  const balanced = () =>
    workers.reduce((sum, { queues }) => sum + queues.length, 0) === 4 &&
    workers.every(({ queues }) => queues.length > 0);

  await post(40);
  await hire('ann');
  await until('ann works', () => balanced());
  await hire('ben');
  await until('the queues are shared by two', balanced);
  await hire('cat');
  await until('the queues are shared by three', balanced);
  await post(200);
  await dismiss('ann');
  await until('ben and cat have it all', balanced);
  await post(40);
  await until('every job is done', () => finished.size === job);
  console.log(`${job} jobs done`);
  for (const { mq } of workers) await mq.close();
  await boss.close();
});
