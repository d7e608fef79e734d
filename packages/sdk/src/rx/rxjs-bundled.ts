import { asyncScheduler, concatMap, from, lastValueFrom, map, mergeMap, Observable, retry } from 'rxjs';

const used = { asyncScheduler, concatMap, from, lastValueFrom, map, mergeMap, Observable, retry };

/** What this package uses of rxjs, for browsers and for programs that a bundler makes one file of. */
export type Rxjs = typeof used;

export const rxjs = (): Rxjs => used;
