import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { fs } from './builtins.js';

/** What happens to a TLS client hello on the shared port; Apache's `tls.server.mode`. */
export type TlsMode = 'disabled' | 'permissive' | 'enforcing';

/** The server's identity and whom it trusts. Each text is PEM. */
export interface ServerTls {
  /** Certificate, followed by its chain. */
  readonly cert: string;
  readonly key: string;
  /** Of an encrypted key. */
  readonly keyPassword?: string;
  /** Authorities that client certificates must come from; default: those of the platform. */
  readonly ca?: string;
  /** `require` refuses clients without a trusted certificate. Default `none`. */
  readonly clientAuth?: 'none' | 'optional' | 'require';
}

/** Whom a client trusts and how it identifies itself. Each text is PEM. */
export interface ClientTls {
  /** Authorities the server's certificate must come from; default: those of the platform. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly keyPassword?: string;
  /** Name the certificate must carry, when it is not the dialled host. */
  readonly serverName?: string;
  /** Danger: `false` accepts every certificate, so anybody between can read and change everything. Default true. */
  readonly verify?: boolean;
}

/** Options of `node:tls` for a server. */
export function serverTlsOptions(tls: ServerTls): TlsOptions {
  const clientAuth = tls.clientAuth ?? 'none';
  return {
    cert: tls.cert,
    key: tls.key,
    ...(tls.keyPassword === undefined ? {} : { passphrase: tls.keyPassword }),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth === 'require',
    minVersion: 'TLSv1.2',
  };
}

/** Options of `node:tls` for a connection to `host`. An address has no name to send, so no SNI then. */
export function clientTlsOptions(tls: ClientTls, host: string): ConnectionOptions {
  const name = tls.serverName ?? host;
  const isAddress = /^[\d.]+$/.test(name) || name.includes(':');
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.keyPassword === undefined ? {} : { passphrase: tls.keyPassword }),
    ...(isAddress ? {} : { servername: name }),
    rejectUnauthorized: tls.verify ?? true,
    minVersion: 'TLSv1.2',
  };
}

/** Reads the PEM files that Apache's `tls.server.certPath`, `tls.server.keyPath` and `tls.server.trustCertPath` name. */
export function readServerTls(
  paths: { readonly cert: string; readonly key: string; readonly ca?: string },
  rest: Pick<ServerTls, 'keyPassword' | 'clientAuth'> = {},
): ServerTls {
  const ca = paths.ca === undefined ? {} : { ca: fs.readFileSync(paths.ca, 'utf8') };
  return { cert: fs.readFileSync(paths.cert, 'utf8'), key: fs.readFileSync(paths.key, 'utf8'), ...ca, ...rest };
}
