import { consumes, inOrder, sendsBack, broadcasts, credit, iterates, pulls, binds } from './consume-scenarios.js';
import type { Scenario } from './environment.js';
import { connects, sends, batches, refuses, compressed, wrongAddress } from './send-scenarios.js';
import { tabs, restarts } from './tab-scenarios.js';

/** Run in a browser, one after the other; each throws when something is not as it should be. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'connects and says so': connects,
  'sends what it is given': sends,
  'sends batches and streams of messages': batches,
  'refuses what cannot be sent': refuses,
  'consumes, by tag, with everything that was said about a message': consumes,
  'consumes in order': inOrder,
  'sends back and gives up': sendsBack,
  'broadcasts to every client': broadcasts,
  'streams no more than the credit': credit,
  iterates: iterates,
  'pulls and seeks': pulls,
  'binds decorated classes': binds,
  'reads and writes compressed bodies': compressed,
  'shares queues with another tab, and takes over when it closes': tabs,
  'comes back after the server restarts': restarts,
  'says what is wrong with an address': wrongAddress,
};
