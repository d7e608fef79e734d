import { seededRandom, VirtualClock } from '@cometmq/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FaultyHost, type PlannedFault, planFaults } from '../src/fault-plan.js';
import { type FaultyWorld, runFaultPlan } from '../src/fault-runner.js';
import { SimDisk } from '../src/sim-disk.js';
import { IDEAL_LINK } from '../src/sim-link.js';
import { SimNetwork } from '../src/sim-network.js';

const hosts: FaultyHost[] = [
  { name: 'master', survives: ['process-crash', 'power-loss', 'slow-sync', 'full-disk', 'read-error'] },
  { name: 'slave', survives: ['process-crash', 'sync-error', 'sync-loss'] },
  { name: 'client', survives: [] },
];
const isDown = ({ fault }: PlannedFault) => fault.kind === 'process-crash' || fault.kind === 'power-loss';

describe('planFaults', () => {
  it('plans only what has to be survived', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 2 }), (seed, maxDown) => {
        const plan = planFaults({ random: seededRandom(seed), hosts, durationMs: 100_000, gapMs: 500, maxDown });
        expect(plan.length).toBeGreaterThan(5);
        for (const planned of plan) {
          const { atMs, fault, untilMs } = planned;
          expect(atMs).toBeLessThan(untilMs);
          expect(untilMs).toBeLessThanOrEqual(80_000);
          const host = 'host' in fault ? hosts.find(({ name }) => name === fault.host)! : undefined;
          expect(host?.survives ?? [fault.kind]).toContain(fault.kind);
          const [from, to] = 'from' in fault ? [fault.from, fault.to] : ['one', 'other'];
          expect(from).not.toBe(to);
          const down = plan.filter((other) => isDown(other) && other.atMs <= atMs && other.untilMs > atMs);
          expect(down.length).toBeLessThanOrEqual(maxDown);
        }
        const again = planFaults({ random: seededRandom(seed), hosts, durationMs: 100_000, gapMs: 500, maxDown });
        expect(again).toEqual(plan);
      }),
    );
  });

  it('plans what is wanted', () => {
    const kinds = (
      survives: FaultyHost['survives'],
      common: NonNullable<Parameters<typeof planFaults>[0]['common']>,
    ) => {
      const alone = [{ name: 'alone', survives }];
      const plan = planFaults({ random: seededRandom(3), hosts: alone, durationMs: 1_000_000, common });
      return [...new Set(plan.map(({ fault }) => fault.kind))];
    };
    expect(kinds([], [])).toEqual([]);
    expect(kinds(['slow-sync'], ['cut'])).toEqual(['slow-sync']);
    expect(kinds([], ['clock-jump', 'cut'])).toEqual(['clock-jump']);
  });
});

describe('runFaultPlan', () => {
  it('does and undoes every fault', async () => {
    const clock = new VirtualClock({ startAt: 1_000_000 });
    const random = seededRandom(1);
    const network = new SimNetwork({ clock, random });
    for (const { name } of hosts) network.host(name);
    const disks = new Map(hosts.map(({ name }) => [name, new SimDisk({ clock, random })]));
    const trace: string[] = [];
    const down = new Set<string>();
    const world: FaultyWorld = {
      clock,
      network,
      disks,
      link: IDEAL_LINK,
      crash: (host, how) => {
        trace.push(`${how} ${host}`);
        down.add(host);
      },
      restart: (host) => void down.delete(host),
      onFault: ({ fault }, phase) => void trace.push(`${phase} ${fault.kind}`),
    };
    const plan = planFaults({ random, hosts, durationMs: 600_000, gapMs: 1_000 });
    expect(new Set(plan.map(({ fault }) => fault.kind)).size).toBe(11);
    runFaultPlan(plan, world);
    await clock.advance(600_000);
    expect(trace.filter((line) => line.startsWith('begin')).length).toBe(plan.length);
    expect(trace.filter((line) => line.startsWith('end')).length).toBe(plan.length);
    expect(trace).toContain('power master');
    expect(trace).toContain('process slave');
    expect(down.size).toBe(0);
    expect(clock.now()).toBe(1_600_000);
    for (const disk of disks.values()) {
      expect([disk.syncMs, disk.capacityBytes]).toEqual([[0, 0], 1024 ** 4]);
      await disk.mount().replaceFile('/check', Uint8Array.of(1));
      expect(disk.mount().readFileSync('/check')).toEqual(Uint8Array.of(1));
    }
    runFaultPlan(plan, world).cancel();
    const before = trace.length;
    await clock.advance(600_000);
    expect(trace.length).toBe(before);
  });
});
