import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { JsonBody } from '../../src/bodies/body-shape.js';
import * as accessControl from '../../src/bodies/access-control.js';
import * as clientConnections from '../../src/bodies/client-connections.js';
import * as consumeQueueData from '../../src/bodies/consume-queue-data.js';
import * as consumerOffset from '../../src/bodies/consumer-offset.js';
import * as consumerRunningInfo from '../../src/bodies/consumer-running-info.js';
import * as dataVersion from '../../src/bodies/data-version.js';
import * as heartbeat from '../../src/bodies/heartbeat.js';
import * as kvTable from '../../src/bodies/kv-table.js';
import * as messageQueue from '../../src/bodies/message-queue.js';
import * as offsetMovedEvent from '../../src/bodies/offset-moved-event.js';
import * as pop from '../../src/bodies/pop.js';
import * as queueLock from '../../src/bodies/queue-lock.js';
import * as registerBroker from '../../src/bodies/register-broker.js';
import * as replication from '../../src/bodies/replication.js';
import * as statistics from '../../src/bodies/statistics.js';
import * as subscriptionGroup from '../../src/bodies/subscription-group.js';
import * as topicConfig from '../../src/bodies/topic-config.js';
import * as topicQueueMapping from '../../src/bodies/topic-queue-mapping.js';
import * as topicRoute from '../../src/bodies/topic-route.js';
import { ProtocolError } from '../../src/protocol-error.js';

/** One object of every body class with all its fields set, as fastjson wrote it. */
const examples = JSON.parse(readFileSync(new URL('../fixtures/body-examples.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;

const rooms: Readonly<Record<string, unknown>> = {
  ...accessControl,
  ...clientConnections,
  ...consumeQueueData,
  ...consumerOffset,
  ...consumerRunningInfo,
  ...dataVersion,
  ...heartbeat,
  ...kvTable,
  ...messageQueue,
  ...offsetMovedEvent,
  ...pop,
  ...queueLock,
  ...registerBroker,
  ...replication,
  ...statistics,
  ...subscriptionGroup,
  ...topicConfig,
  ...topicQueueMapping,
  ...topicRoute,
};

/** `KVTable` → kvTable, `HARuntimeInfo` → haRuntimeInfo. */
const codecName = (className: string) =>
  className.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]/, (start) => start.toLowerCase());

describe('every body class', () => {
  for (const [className, text] of Object.entries(examples)) {
    it(`${className}: reads and writes Apache's example`, () => {
      const body = rooms[codecName(className)] as JsonBody<unknown> | undefined;
      if (body === undefined) throw new Error(`no codec ${codecName(className)}`);
      expect(body.format(body.parse(text), 'fastjson')).toBe(text);
      for (const form of ['compact', 'pretty', 'standard'] as const) {
        expect(body.parse(body.format(body.parse(text), form))).toEqual(body.parse(text));
      }
    });

    it(`${className}: takes absent, null and unknown fields`, () => {
      const body = rooms[codecName(className)] as JsonBody<unknown>;
      const empty = body.parse('{}');
      const nulls = `{${topKeys(text)
        .map((key) => `"${key}":null`)
        .join(',')},"unknown":[{"a":{}}]}`;
      expect(body.parse(nulls)).toEqual(empty);
      expect(body.parse(body.format(empty, 'fastjson'))).toEqual(empty);
    });

    it(`${className}: refuses what is no object`, () => {
      const body = rooms[codecName(className)] as JsonBody<unknown>;
      for (const wrong of ['[]', '1', '"x"', 'true', 'null', ''])
        expect(() => body.parse(wrong)).toThrow(ProtocolError);
    });
  }
});

/** Keys of the outermost object, whatever stands inside. */
function topKeys(text: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  for (const match of text.matchAll(/[{}[\]]|"((?:[^"\\]|\\.)*)"(:)?/g)) {
    if (match[0] === '{' || match[0] === '[') depth++;
    else if (match[0] === '}' || match[0] === ']') depth--;
    else if (match[2] === ':' && depth === 1) keys.push(match[1]!);
  }
  return keys;
}
