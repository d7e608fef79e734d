/** Asks once, at the first call. */
function once<T>(find: () => T): () => T {
  let found: T | undefined;
  return () => (found ??= find());
}

/** Here already when a program starts; but their import asks for every export, and some of those load more. */
export const fs = process.getBuiltinModule('node:fs');
export const { createRequire } = process.getBuiltinModule('node:module');

/**
 * Modules of Node that not every program needs, each loaded with the first use: importing one costs a start up to three
 * milliseconds, more than a first message takes on its way.
 */
export const childProcess = once(() => process.getBuiltinModule('node:child_process'));
export const crypto = once(() => process.getBuiltinModule('node:crypto'));
export const http = once(() => process.getBuiltinModule('node:http'));
export const tls = once(() => process.getBuiltinModule('node:tls'));
export const zlib = once(() => process.getBuiltinModule('node:zlib'));
