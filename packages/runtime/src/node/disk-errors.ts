import { DiskError, type DiskErrorCode } from '../disk.js';

const CODES: Readonly<Record<string, DiskErrorCode>> = {
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  ENOENT: 'NOT_FOUND',
  ENOTDIR: 'NOT_FOUND',
  EMFILE: 'TOO_MANY_FILES',
  ENFILE: 'TOO_MANY_FILES',
  EROFS: 'READ_ONLY',
  EBADF: 'CLOSED',
};

const ADVICE: Readonly<Partial<Record<DiskErrorCode, string>>> = {
  NO_SPACE: '; free space on this file system or move the store',
  TOO_MANY_FILES: '; raise the limit of open files (ulimit -n)',
  READ_ONLY: '; the file system is mounted read-only',
};

/** An operating system's error as a DiskError that says what was done and what helps. */
export function toDiskError(error: unknown, doing: string, path: string): DiskError {
  if (error instanceof DiskError) return error;
  const errno = (error as { code?: unknown } | null)?.code;
  const code = (typeof errno === 'string' ? CODES[errno] : undefined) ?? 'IO';
  const reason = error instanceof Error ? error.message : String(error);
  return new DiskError(code, path, `${doing} failed: ${reason}${ADVICE[code] ?? ''}`, { cause: error });
}

/** Runs `operation`; what it throws becomes a DiskError. */
export function diskCall<T>(doing: string, path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw toDiskError(error, doing, path);
  }
}
