import type { ExtFields } from '../schema/header-codec.js';

/** What both serialisations of a header say. */
export interface CommandHeader {
  readonly code: number;
  readonly language: string;
  readonly version: number;
  readonly opaque: number;
  readonly flag: number;
  readonly remark: string | undefined;
  readonly fields: ExtFields | undefined;
}

/** Bounds on what a header may hold; above them ProtocolError with reason `limit`. */
export interface HeaderLimits {
  readonly maxFields: number;
}
