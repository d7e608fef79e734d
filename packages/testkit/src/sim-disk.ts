import type { Clock, Disk, Random } from '@cometmq/runtime';
import { DiskDevice } from './disk-device.js';
import type { DiskFault } from './disk-faults.js';
import { MountedDisk } from './mounted-disk.js';

/**
 * The disk of a simulated host. It outlives the programs: each start of a program mounts it, and a crash makes that mount
 * useless for ever, so that what is left of a dead program cannot write behind the back of the next one.
 */
export class SimDisk extends DiskDevice {
  /** The disk as a program sees it, until the next crash. `holder` is named to others who want a lock that it has. */
  mount(holder = 'a simulated program'): Disk {
    return new MountedDisk(this, holder);
  }

  /** Something that will go wrong. */
  plan(fault: DiskFault): void {
    this.faults.plan(fault);
  }
}

/** A fast disk in memory without faults, for tests that are about something else. */
export function memoryDisk(clock: Clock, random: Random): Disk {
  return new SimDisk({ clock, random, mode: 'memory' }).mount();
}
