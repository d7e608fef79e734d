import { fileURLToPath } from 'node:url';

/** `conformance/`, seen from its compiled output. */
export const roomDirectory = fileURLToPath(new URL('..', import.meta.url));

/** The workspace. */
export const rootDirectory = fileURLToPath(new URL('../..', import.meta.url));

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../packages/runtime/test/fixtures/${name}`, import.meta.url));

/** PEM files of the servers' TLS identity: for `localhost` and 127.0.0.1, its own authority. */
export const tlsIdentity = { certificate: fixture('server-cert.pem'), key: fixture('server-key.pem') } as const;

/** Class paths made by Maven; not kept under version control. */
export const cacheDirectory = fileURLToPath(new URL('../.cache', import.meta.url));
