import type { Connection } from '@cometmq/remoting';

/** What a heartbeat says about who sends it. */
export interface ClientIdentity {
  readonly clientId: string;
  readonly language: string;
  readonly version: number;
}

/** One client on one connection, as a member of one group. */
export interface ClientChannel extends ClientIdentity {
  readonly connection: Connection;
  /** `clock.monotonic()` of the last heartbeat. */
  readonly seenAt: number;
}
