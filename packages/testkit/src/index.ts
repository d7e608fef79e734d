export { type DiskFault, DiskFaults, type DiskOperation } from './disk-faults.js';
export type { SimDiskOptions } from './disk-device.js';
export { memoryDisk, SimDisk } from './sim-disk.js';
export type { LinkOptions } from './sim-link.js';
export { type NetworkEvent, SimNetwork, type SimNetworkHost, type SimNetworkOptions } from './sim-network.js';
