/** A server under test: a name server and one broker, fresh and empty unless it was given a place. */
export interface Server {
  /** Name server's `host:port`. */
  readonly namesrv: string;
  /** Broker's `host:port`. */
  readonly broker: string;
  /** Where its logs are. */
  readonly logs: string;
  /** Ends it; `keep` leaves logs and store where they are. Rejects when it did not end as it should. */
  stop(keep: boolean): Promise<void>;
  /** Kills the broker as `kill -9` does, then ends the rest. */
  kill(): Promise<void>;
}

/** Where a server that does not begin empty has its store, and what it is told besides. */
export interface Place {
  readonly store: string;
  readonly settings: Readonly<Record<string, string>>;
}

export interface ServerKind {
  readonly name: string;
  /** Whether a JDK and Maven have to be there. */
  readonly needsJava: boolean;
  start(place?: Place): Promise<Server>;
}

/**
 * Given to every server. The delays are short so that retries take a second; level 2 differs from level 1 so that an order
 * can be seen, and there are 18 levels as there are by default.
 */
export const brokerOptions: Readonly<Record<string, string>> = {
  autoCreateTopicEnable: 'true',
  messageDelayLevel: ['1s', '2s', ...Array.from({ length: 16 }, () => '1s')].join(' '),
};
