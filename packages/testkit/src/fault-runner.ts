import type { Timer, VirtualClock } from '@cometmq/runtime';
import type { Fault, PlannedFault } from './fault-plan.js';
import type { SimDisk } from './sim-disk.js';
import type { LinkOptions } from './sim-link.js';
import type { SimNetwork } from './sim-network.js';

/** What a plan of faults is carried out on. */
export interface FaultyWorld {
  readonly clock: VirtualClock;
  readonly network: SimNetwork;
  readonly disks: ReadonlyMap<string, SimDisk>;
  /** Of every link when it is not slow. */
  readonly link: LinkOptions;
  /** Ends a host's program, as `SimHost.crash`. */
  crash(host: string, how: 'process' | 'power'): void;
  /** Starts it again. */
  restart(host: string): void;
  /** Hears of everything that is done: the trace of a simulation. */
  onFault?(planned: PlannedFault, phase: 'begin' | 'end'): void;
}

/** Carries out a plan from now on; cancelling keeps what has not begun from beginning. */
export function runFaultPlan(plan: readonly PlannedFault[], world: FaultyWorld): Timer {
  const timers = plan.map((planned) =>
    world.clock.schedule(planned.atMs, () => {
      world.onFault?.(planned, 'begin');
      const undo = begin(planned.fault, world);
      world.clock.schedule(planned.untilMs - planned.atMs, () => {
        undo();
        world.onFault?.(planned, 'end');
      });
    }),
  );
  return {
    cancel() {
      for (const timer of timers) timer.cancel();
    },
  };
}

/** Returns what undoes it. */
function begin(fault: Fault, world: FaultyWorld): () => void {
  const { clock, network } = world;
  switch (fault.kind) {
    case 'cut':
      network.cut(fault.from, fault.to);
      return () => network.heal(fault.from, fault.to);
    case 'slow-link':
      network.setLink(fault.from, fault.to, { latencyMs: fault.latencyMs });
      return () => network.setLink(fault.from, fault.to, { latencyMs: world.link.latencyMs });
    case 'reset':
      network.reset(fault.one, fault.two);
      return () => {};
    case 'clock-jump':
      clock.jumpWallClock(fault.byMs);
      return () => clock.jumpWallClock(-fault.byMs);
    case 'process-crash':
    case 'power-loss':
      world.crash(fault.host, fault.kind === 'power-loss' ? 'power' : 'process');
      return () => world.restart(fault.host);
    default:
      return beginDiskFault(fault, world.disks.get(fault.host));
  }
}

type DiskFaultKind = 'slow-sync' | 'full-disk' | 'read-error' | 'sync-error' | 'sync-loss';

function beginDiskFault(
  fault: Extract<Fault, { readonly kind: DiskFaultKind }>,
  disk: SimDisk | undefined,
): () => void {
  if (!disk) return () => {};
  if (fault.kind === 'slow-sync') {
    const usual = disk.syncMs;
    disk.syncMs = [fault.syncMs / 2, fault.syncMs];
    return () => (disk.syncMs = usual);
  }
  if (fault.kind === 'full-disk') {
    const usual = disk.capacityBytes;
    disk.capacityBytes = disk.usedBytes;
    return () => (disk.capacityBytes = usual);
  }
  const operation = fault.kind === 'read-error' ? 'read' : 'sync';
  disk.plan({ operation, count: fault.count, dropsData: fault.kind === 'sync-loss' });
  return () => disk.faults.clear();
}
