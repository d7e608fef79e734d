import type { Random } from '@cometmq/runtime';
import type { FaultProfile } from '../faults/plan-faults.js';
import { DURABLE, IN_KERNEL } from './broker-options.js';
import {
  BROKER_ENDS,
  CLIENTS_CUT_OFF,
  CLOCK_JUMPS,
  DISK_ERRORS,
  DISK_FULL,
  DISK_SLOW,
  LONG_OUTAGES,
  MEMBERS_CHANGE,
  MEMBERS_COME_AND_GO,
  NAMESRV_ENDS,
  SENDERS_END,
  SERVERS_CUT_OFF,
  THEMES,
} from './choices.js';
import { FOUND } from './found.js';
import type { Scenario } from './scenario.js';

const MINUTE = { durationMs: 60_000, pauseMs: 250, brokerOptions: DURABLE } as const;

/** Some of the themes, by chance: what happens rarely together is seen when the rest stays away. */
function someThemes(random: Random): FaultProfile {
  const picked = THEMES.filter(() => random.next() < 0.4);
  return { choices: picked.flat(), gapMs: 1_000 + random.next() * 8_000 };
}

export const SCENARIOS: readonly Scenario[] = [
  {
    ...MINUTE,
    name: 'broker-restart',
    meaning: 'brokers are killed, lose power or are closed, and come back',
    faults: { choices: BROKER_ENDS, gapMs: 8_000 },
  },
  {
    ...MINUTE,
    name: 'broker-kill-unsynced',
    meaning: 'brokers that acknowledge before the disk has the message are killed, but keep their power',
    brokerOptions: IN_KERNEL,
    faults: { choices: BROKER_ENDS.filter(({ kind }) => kind !== 'power-loss'), gapMs: 6_000 },
  },
  {
    ...MINUTE,
    name: 'torn-tail',
    meaning: 'brokers with slow disks lose power, with much that is not on the disk yet',
    pauseMs: 100,
    faults: {
      choices: [
        { kind: 'slow-sync', on: ['brokers'], forMs: [5_000, 20_000], weight: 2 },
        { kind: 'power-loss', on: ['brokers'], forMs: [100, 5_000], weight: 3 },
      ],
      gapMs: 3_000,
    },
  },
  {
    ...MINUTE,
    name: 'namesrv-kill',
    meaning: 'name servers end and come back, one or both, while brokers and members change',
    faults: { choices: [...NAMESRV_ENDS, ...NAMESRV_ENDS, ...BROKER_ENDS, ...MEMBERS_CHANGE], gapMs: 4_000 },
  },
  {
    ...MINUTE,
    name: 'members-change',
    meaning: 'consumers join, leave and die',
    faults: { choices: MEMBERS_CHANGE, gapMs: 3_000 },
  },
  {
    ...MINUTE,
    name: 'members-come-and-go',
    meaning: 'consumers join and leave in order: an orderly group gets nothing twice',
    orderlyOnce: true,
    faults: { choices: MEMBERS_COME_AND_GO, gapMs: 3_000 },
  },
  {
    ...MINUTE,
    name: 'partition',
    meaning: 'clients are cut off from brokers and name servers, in one direction or both',
    faults: { choices: [...CLIENTS_CUT_OFF, ...SERVERS_CUT_OFF, ...SENDERS_END], gapMs: 4_000 },
  },
  {
    ...MINUTE,
    name: 'disk-full',
    meaning: 'disks of brokers are full for a while, through restarts too',
    pauseMs: 100,
    faults: { choices: [...DISK_FULL, ...DISK_FULL, ...BROKER_ENDS], gapMs: 5_000 },
  },
  {
    ...MINUTE,
    name: 'disk-errors',
    meaning: 'disks of brokers fail to read or to sync, and lose power',
    faults: { choices: [...DISK_ERRORS, ...DISK_SLOW, ...BROKER_ENDS], gapMs: 4_000 },
  },
  {
    ...MINUTE,
    name: 'clock-jump',
    meaning: 'the wall clock goes wrong while brokers and members come and go',
    faults: { choices: [...CLOCK_JUMPS, ...CLOCK_JUMPS, ...BROKER_ENDS, ...MEMBERS_CHANGE], gapMs: 5_000 },
  },
  {
    name: 'long-outages',
    meaning: 'programs are away or cut off for minutes: others give them up, and take them back',
    durationMs: 400_000,
    pauseMs: 1_500,
    brokerOptions: DURABLE,
    faults: { choices: LONG_OUTAGES, gapMs: 30_000 },
  },
  {
    ...MINUTE,
    name: 'swarm-unsynced',
    meaning: 'any of all that but loss of power, where an acknowledgement does not wait for the disk',
    brokerOptions: IN_KERNEL,
    faults: (random) => {
      const { choices, gapMs } = someThemes(random);
      return { choices: choices.filter(({ kind }) => kind !== 'power-loss'), gapMs };
    },
  },
  { ...MINUTE, name: 'swarm', meaning: 'any of all that, mixed by the seed', faults: someThemes },
  ...FOUND,
];
