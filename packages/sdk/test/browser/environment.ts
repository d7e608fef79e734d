import type { RocketMQ } from '@cometmq/sdk';

/** What the page asks of the program that drives it. */
export interface Driver {
  /** Sends a text from Node, compressed. */
  sendFromNode(topic: string, text: string): Promise<void>;
  /** What a consumer in Node gets of a topic: the texts, and whether each came compressed. */
  receiveInNode(
    topic: string,
    count: number,
  ): Promise<readonly { readonly text: string; readonly compressed: boolean }[]>;
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  /** Another page joins a group; resolves when its consumer runs. */
  openTab(topic: string, group: string): Promise<void>;
  /** Closes it as a user does: without a word. */
  closeTab(): Promise<void>;
}

export interface Environment {
  readonly namesrv: string;
  /** A name that no other scenario uses. */
  name(suffix: string): string;
  /** A client that is closed behind the scenario. */
  connect(options?: Partial<ConstructorParameters<typeof RocketMQ>[0]>): Promise<RocketMQ>;
  readonly driver: Driver;
}

export type Scenario = (environment: Environment) => Promise<void>;
