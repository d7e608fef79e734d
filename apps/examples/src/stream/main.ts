// Rx streams and async iterators whose back-pressure reaches the broker. `npm run example -- stream`
import { RocketMQ, settle } from '@cometmq/sdk';
import { bufferCount, filter, firstValueFrom, from, lastValueFrom, map, take } from 'rxjs';
import { withServer } from '../example-server.js';

interface Click {
  readonly page: string;
  readonly at: number;
}

await withServer(async (namesrv) => {
  await using mq = await RocketMQ.connect({ namesrv });
  const producer = mq.producer();
  const clicks = Array.from({ length: 300 }, (_, at): Click => ({ page: at % 3 === 0 ? '/' : `/item/${at % 7}`, at }));
  const results = await lastValueFrom(
    from(clicks).pipe(producer.publish<Click>('clicks', { concurrency: 64 }), bufferCount(clicks.length)),
  );
  console.log(`${results.length} clicks published`);

  // At most 32 clicks are out of the broker's hands at a time, however fast they come.
  let atOnce = 0;
  let most = 0;
  const board = mq.pushConsumer({ group: 'board', consumeFrom: 'first' });
  await lastValueFrom(
    board.messages<Click>('clicks', { maxInFlight: 32 }).pipe(
      settle(async ({ body }) => {
        most = Math.max(most, (atOnce += 1));
        await new Promise((resolve) => setTimeout(resolve, body.at % 5));
        atOnce -= 1;
      }),
      take(clicks.length),
    ),
  );
  console.log(`${clicks.length} clicks handled, never more than ${most} at once`);
  if (most > 32) throw new Error('the stream ran ahead of its credit');

  const front = mq.pushConsumer({ group: 'front-page', consumeFrom: 'first' });
  const first = await firstValueFrom(
    front.messages<Click>('clicks').pipe(
      map((delivery) => {
        delivery.ack();
        return delivery.message.body;
      }),
      filter(({ page }) => page === '/'),
    ),
  );
  console.log(`first click on the front page: ${first.at}`);

  let read = 0;
  for await (const delivery of mq.pushConsumer({ group: 'audit', consumeFrom: 'first' }).deliveries<Click>('clicks')) {
    delivery.ack();
    if ((read += 1) === clicks.length) break;
  }
  console.log(`${read} clicks audited`);
});
