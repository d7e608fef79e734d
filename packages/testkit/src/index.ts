export type { SimDiskOptions } from './disk-device.js';
export type { DiskFault, DiskFaults, DiskOperation } from './disk-faults.js';
export {
  type CommonFault,
  type Fault,
  type FaultPlanOptions,
  type FaultyHost,
  type HostFault,
  type PlannedFault,
  planFaults,
} from './fault-plan.js';
export { type FaultyWorld, runFaultPlan } from './fault-runner.js';
export { memoryDisk, SimDisk } from './sim-disk.js';
export { IDEAL_LINK, type LinkOptions } from './sim-link.js';
export { type NetworkEvent, SimNetwork, type SimNetworkHost, type SimNetworkOptions } from './sim-network.js';
export { simHost, type SimHost, type SimHostOptions } from './sim-ports.js';
