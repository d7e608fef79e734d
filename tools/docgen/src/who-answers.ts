import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Broker } from '@cometmq/broker';
import { NameServer } from '@cometmq/namesrv';
import { allRequests } from '@cometmq/protocol';
import type { Processor } from '@cometmq/remoting';
import { seededRandom, silentLogger, VirtualClock } from '@cometmq/runtime';
import { nodeCodecs } from '@cometmq/runtime/node';
import { memoryDisk } from '@cometmq/testkit';

export type Answerer = 'broker' | 'name server' | 'client';

/** Codes by who answers them. Constructors do no IO, so both servers can be asked for their processors. */
export function whoAnswers(sdkSources: string): Readonly<Record<Answerer, ReadonlySet<number>>> {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const disk = memoryDisk(clock, random);
  const ports = { clock, random, disk, codecs: nodeCodecs(), logger: silentLogger, dialers: {} };
  return {
    broker: codes(new Broker({ storePathRootDir: '/store' }, ports).processors),
    'name server': codes(new NameServer({}, ports).processors),
    client: clientCodes(sdkSources),
  };
}

const codes = (processors: readonly Processor[]): ReadonlySet<number> =>
  new Set(processors.map(({ definition }) => definition.code));

/** A client answers what its rooms listen to: `serverRequests.on(definition, …)`. */
function clientCodes(sources: string): ReadonlySet<number> {
  const byExport = new Map(allRequests.map(({ code, name }) => [camelCase(name), code]));
  const found = new Set<number>();
  for (const file of readdirSync(sources, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(join(sources, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/erverRequests\s*\.on\(\s*(\w+)/g)) {
      const code = byExport.get(name);
      if (code !== undefined) found.add(code);
    }
  }
  return found;
}

/** SEND_MESSAGE_V2 is exported as sendMessageV2. */
const camelCase = (name: string): string =>
  name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
