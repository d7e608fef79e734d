/** A server under test: a name server and one broker, fresh and empty. */
export interface Server {
  /** Name server's `host:port`. */
  readonly namesrv: string;
  /** Where its logs are. */
  readonly logs: string;
  /** Ends it; `keep` leaves logs and store where they are. Rejects when it did not end as it should. */
  stop(keep: boolean): Promise<void>;
}

export interface ServerKind {
  readonly name: string;
  /** Whether a JDK and Maven have to be there. */
  readonly needsJava: boolean;
  start(): Promise<Server>;
}

/**
 * Given to every server. The delays are short so that retries take a second; level 2 differs from level 1 so that an order
 * can be seen, and there are 18 levels as there are by default.
 */
export const brokerOptions: Readonly<Record<string, string>> = {
  autoCreateTopicEnable: 'true',
  messageDelayLevel: ['1s', '2s', ...Array.from({ length: 16 }, () => '1s')].join(' '),
};
