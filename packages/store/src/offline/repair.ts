import { hostBytes, recordStoreTimestamp } from '@cometmq/protocol';
import { type Clock, DiskError, type DiskLock, type Logger, silentLogger } from '@cometmq/runtime';
import { nodeClock, nodeCodecs, nodeDisk } from '@cometmq/runtime/node';
import { openMessageStore } from '../message-store.js';
import { StoreError } from '../store-error.js';
import type { MessageStore } from '../ports.js';
import { LogSurgery } from './log-surgery.js';
import { findIndexFiles, type OfflineIndexOptions } from './offline-index.js';
import { RecordSource } from './record-source.js';
import { planRepair, type RepairStep } from './repair-plan.js';
import type { VerifyReport } from './report.js';
import { type OfflinePorts, StoreFiles, type StoreFilesOptions } from './store-files.js';
import { verifyFiles, type VerifyOptions } from './verify.js';

export interface RepairPorts extends OfflinePorts {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RepairOptions
  extends StoreFilesOptions, OfflineIndexOptions, Pick<VerifyOptions, 'messageDelayLevel' | 'onProgress'> {
  /** Default: those of Node, without a log. */
  readonly ports?: RepairPorts | undefined;
  /** Called before each step. */
  readonly onStep?: ((step: RepairStep) => void) | undefined;
}

export interface Repaired {
  readonly steps: readonly RepairStep[];
  /** Where copies and what was moved is; undefined when nothing was done. */
  readonly aside: string | undefined;
  /** What verify finds afterwards. */
  readonly after: VerifyReport;
}

const POLL_MS = 20;
/** 30 s. */
const MAX_IDLE_POLLS = 1500;

/** Everything that is known of a store when its repair begins. */
interface Patient {
  readonly root: string;
  readonly logDirectory: string;
  readonly logFileSize: number;
  readonly queueFileSize: number;
  readonly index: { readonly maxHashSlotNum: number; readonly maxIndexNum: number } | undefined;
  readonly aside: string;
  readonly ports: RepairPorts;
}

/**
 * Mends a store: what is damaged is copied or moved into a directory `repair-<time>` of the store, never deleted; queues
 * and index are built again from the log. Rejects with StoreError LOCKED, which names the holder, when a broker has it open.
 * Queues of topics that were deleted come back as far as the log still has their messages.
 */
export async function repairStore(directory: string, options: RepairOptions = {}): Promise<Repaired> {
  const ports = options.ports ?? { disk: nodeDisk(), codecs: nodeCodecs(), clock: nodeClock, logger: silentLogger };
  const { disk } = ports;
  const files = new StoreFiles(directory, ports, options);
  try {
    const lock = await claim(ports, `${directory}/lock`);
    let steps: RepairStep[];
    let patient: Patient;
    try {
      const before = await verifyFiles(files, options);
      steps = planRepair(before);
      if (steps.length === 0) return { steps, aside: undefined, after: before };
      patient = examine(files, options, ports);
      disk.makeDirectorySync(patient.aside);
      for (const step of steps) {
        if (step.kind === 'rebuild') continue;
        options.onStep?.(step);
        await perform(step, patient, files);
      }
      await disk.syncDirectory(directory);
    } finally {
      lock.release();
    }
    const rebuild = steps.find(({ kind }) => kind === 'rebuild');
    if (rebuild !== undefined) {
      options.onStep?.(rebuild);
      await rebuildFrom(patient, options);
    }
    const after = new StoreFiles(directory, ports, options);
    try {
      return { steps, aside: patient.aside, after: await verifyFiles(after, { ...options, ...patient.index }) };
    } finally {
      after.close();
    }
  } finally {
    files.close();
  }
}

async function claim({ disk }: RepairPorts, path: string): Promise<DiskLock> {
  try {
    return await disk.lock(path);
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== 'LOCKED') throw error;
    throw new StoreError('LOCKED', `a broker has the store open: ${error.message}`, { cause: error });
  }
}

function examine(files: StoreFiles, options: RepairOptions, ports: RepairPorts): Patient {
  const log = files.log();
  const stamp = new Date(ports.clock.now()).toISOString().replaceAll(/[-:]|\..*$/g, '');
  let aside = `${files.root}/repair-${stamp}`;
  for (let number = 2; files.disk.statSync(aside) !== undefined; number++)
    aside = `${files.root}/repair-${stamp}-${number}`;
  const { maxHashSlotNum, maxIndexNum } = options;
  const given = maxHashSlotNum !== undefined && maxIndexNum !== undefined ? { maxHashSlotNum, maxIndexNum } : undefined;
  const found = findIndexFiles(files, options).find((each) => each.kind === 'sound');
  return {
    root: files.root,
    logDirectory: files.logDirectory,
    logFileSize: log.fileSize,
    queueFileSize: files.queueFileSize(),
    index: given ?? (found?.kind === 'sound' ? found.dimensions : undefined),
    aside,
    ports,
  };
}

async function perform(step: RepairStep, patient: Patient, files: StoreFiles): Promise<void> {
  const { ports, aside, logDirectory, logFileSize } = patient;
  const surgery = new LogSurgery(ports.disk, ports.codecs, logDirectory, logFileSize, aside);
  const log = files.log();
  switch (step.kind) {
    case 'extend':
      return surgery.extendFiles(log.segments.map(({ path }) => path.slice(logDirectory.length + 1)));
    case 'cover': {
      const { offset, size } = step.piece;
      const near = await new RecordSource(log, ports.codecs).read(offset + size);
      return surgery.cover(
        log.find(offset)!.start,
        offset,
        size,
        near === undefined ? ports.clock.now() : recordStoreTimestamp(near),
      );
    }
    case 'fill gap':
      return surgery.fillGap(step.piece.offset, step.piece.size);
    case 'cut tail': {
      const segment = log.find(step.offset);
      for (const later of log.segments) if (later.start > step.offset) moveAside(later.path, patient);
      if (segment === undefined) return;
      await surgery.copyAside(segment.start, step.offset, Math.min(step.bytes, segment.end - step.offset));
      return surgery.clearFrom(segment.start, step.offset);
    }
    case 'move aside':
      return moveAside(step.path, patient);
    case 'restore': {
      const bytes = ports.disk.readFileSync(`${step.path}.bak`);
      return bytes === undefined ? undefined : ports.disk.replaceFile(step.path, bytes);
    }
    case 'rebuild':
  }
}

function moveAside(path: string, { root, logDirectory, aside, ports: { disk } }: Patient): void {
  if (disk.statSync(path) === undefined) return;
  const name = path.startsWith(`${logDirectory}/`)
    ? `commitlog${path.slice(logDirectory.length)}`
    : path.slice(root.length + 1);
  const to = `${aside}/${name}`;
  disk.makeDirectorySync(to.slice(0, to.lastIndexOf('/')));
  disk.renameSync(path, to);
}

/** Has our own recovery go through the log from its beginning, as after a crash without a checkpoint. */
async function rebuildFrom(patient: Patient, options: RepairOptions): Promise<void> {
  const { root, ports, logDirectory, logFileSize, queueFileSize, index } = patient;
  ports.disk.writeFileSync(`${root}/abort`, new TextEncoder().encode('0'));
  const store = openMessageStore(
    {
      storePathRootDir: root,
      storePathCommitLog: logDirectory,
      storeHost: hostBytes('127.0.0.1', 0),
      mappedFileSizeCommitLog: logFileSize,
      // Nothing is appended and nothing expires while it is open.
      cleanResourceInterval: 0,
      ...(queueFileSize > 0 ? { mappedFileSizeConsumeQueue: queueFileSize } : {}),
      ...index,
      ...(options.messageDelayLevel === undefined ? {} : { messageDelayLevel: options.messageDelayLevel }),
    },
    ports,
  );
  await store.start();
  try {
    await indexed(store, ports.clock);
  } finally {
    await store.close();
  }
}

/** Waits until the index has everything; gives up when it does not get on, for want of space for example. */
async function indexed(store: MessageStore, clock: Clock): Promise<void> {
  let before = -1;
  let idle = 0;
  for (;;) {
    const at = store.indexedOffset();
    if (at >= store.status().commitLogMaxOffset) return;
    idle = at === before ? idle + 1 : 0;
    if (idle >= MAX_IDLE_POLLS) throw new StoreError('IO', `the index cannot be written behind log offset ${at}`);
    before = at;
    await new Promise<void>((resolve) => void clock.schedule(POLL_MS, resolve));
  }
}
