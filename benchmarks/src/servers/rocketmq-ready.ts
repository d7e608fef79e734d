import { probe } from '@cometmq/conformance/dist/remoting-probe.js';
import { seed } from '@cometmq/conformance/dist/topic-seed.js';

const getRouteInfoByTopic = 105;
const topicNotExist = 17;

async function routeCode(namesrv: string): Promise<number | undefined> {
  return probe(namesrv, getRouteInfoByTopic, { topic: 'TBW102' }).then(
    ({ code }) => code,
    () => undefined,
  );
}

/** Whether a name server answers at all. */
export const nameServerAnswers = async (namesrv: string): Promise<boolean> =>
  [0, topicNotExist].includes((await routeCode(namesrv)) ?? -1);

/** A broker listens before it is in the routes, and is in the routes before it takes messages. */
export async function acceptsMessages(namesrv: string, broker: string): Promise<boolean> {
  if ((await routeCode(namesrv)) !== 0) return false;
  return (await seed(broker, 'bench-start', 1).catch(() => undefined)) === 0;
}
