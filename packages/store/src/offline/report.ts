import type { LogPiece } from './log-walk.js';

/** Which part of a store a finding is about. */
export type Room = 'files' | 'log' | 'queue' | 'index' | 'checkpoint' | 'config';

/** Something that is worth telling about a store. */
export interface Finding {
  /** `damage`: repair has something to do. `note`: normal as things are, or mended by the next start of a broker. */
  readonly severity: 'damage' | 'note';
  readonly room: Room;
  readonly path: string;
  /** In the log: its offset. In a queue: the queue offset. In an index file: the number of the entry. */
  readonly offset?: number | undefined;
  readonly message: string;
}

/** A config file that cannot be read, and whether its backup can. */
export interface DamagedConfig {
  readonly path: string;
  readonly backup: 'sound' | 'damaged' | 'missing';
}

export interface VerifyReport {
  readonly directory: string;
  /** False when the file `abort` is there: a broker runs, or it was not closed in order. */
  readonly closedInOrder: boolean;
  readonly findings: readonly Finding[];
  /** Findings that were left out because there were too many of one kind. */
  readonly leftOut: number;
  /** How many `damage` findings there are, those left out included. */
  readonly damages: number;
  readonly log: {
    readonly minOffset: number;
    readonly maxOffset: number;
    readonly records: number;
    /** Store time of the newest message, ms; 0 without one. */
    readonly lastTimestamp: number;
    readonly damaged: readonly Extract<LogPiece, { kind: 'damaged' | 'gap' }>[];
    /** There are files shorter than the others. */
    readonly shortFiles: boolean;
    /** Bytes behind the end that are not zero, in the file of the end. */
    readonly tailBytes: number;
  };
  readonly queues: {
    readonly count: number;
    readonly entries: number;
    readonly damaged: readonly string[];
    readonly rebuild: boolean;
  };
  readonly index: { readonly files: number; readonly entries: number; readonly rebuild: boolean };
  readonly checkpoint: { readonly damaged: boolean };
  readonly config: readonly DamagedConfig[];
}

/** More findings of one room are only counted. */
const MAX_PER_ROOM = 1000;

/** Collects findings; bounded, so that a store without any sense makes no report without end. */
export class Findings {
  readonly list: Finding[] = [];
  readonly #perRoom = new Map<Room, number>();
  leftOut = 0;
  damages = 0;

  constructor(readonly closedInOrder: boolean) {}

  damage(room: Room, path: string, message: string, offset?: number): void {
    this.damages++;
    this.#add({ severity: 'damage', room, path, offset, message });
  }

  note(room: Room, path: string, message: string, offset?: number): void {
    this.#add({ severity: 'note', room, path, offset, message });
  }

  /** What is damage in a store that was closed in order, and the next start's business in another one. */
  unfinished(room: Room, path: string, message: string, offset?: number): void {
    if (this.closedInOrder) this.damage(room, path, message, offset);
    else this.note(room, path, `${message}; the next start of a broker mends it`, offset);
  }

  #add(finding: Finding): void {
    const count = (this.#perRoom.get(finding.room) ?? 0) + 1;
    this.#perRoom.set(finding.room, count);
    if (count > MAX_PER_ROOM) this.leftOut++;
    else this.list.push(finding);
  }
}
