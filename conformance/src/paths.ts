import { fileURLToPath } from 'node:url';

/** `conformance/`, seen from its compiled output. */
export const roomDirectory = fileURLToPath(new URL('..', import.meta.url));

/** The workspace. */
export const rootDirectory = fileURLToPath(new URL('../..', import.meta.url));

/** Class paths made by Maven; not kept under version control. */
export const cacheDirectory = fileURLToPath(new URL('../.cache', import.meta.url));
