import type { HostBytes } from '@cometmq/protocol';
import type { Clock, Logger, Random } from '@cometmq/runtime';
import type { MessageStore } from '@cometmq/store';
import type { BrokerConfiguration } from '../broker-configuration.js';
import type { BrokerSettings } from '../broker-settings.js';
import type { ClientRegistry } from '../clients/client-registry.js';
import type { DelayDelivery } from '../delay/delay-delivery.js';
import type { DelayOffsets } from '../delay/delay-offsets.js';
import type { GroupTable } from '../groups/group-table.js';
import type { HeldPulls } from '../long-polling/held-pulls.js';
import type { BrokerCounters } from '../metrics/broker-counters.js';
import type { BrokerRates } from '../metrics/broker-rates.js';
import type { ConsumerOffsets } from '../offsets/consumer-offsets.js';
import type { QueueLocks } from '../queue-lock/queue-locks.js';
import type { TopicTable } from '../topics/topic-table.js';

/** What processors work with. Each takes the parts it needs. */
export interface BrokerParts {
  /** As they are now: UPDATE_BROKER_CONFIG changes some of them. */
  readonly settings: BrokerSettings;
  readonly configuration: BrokerConfiguration;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: MessageStore;
  readonly topics: TopicTable;
  readonly groups: GroupTable;
  readonly clients: ClientRegistry;
  readonly offsets: ConsumerOffsets;
  readonly delayOffsets: DelayOffsets;
  readonly delay: DelayDelivery;
  readonly locks: QueueLocks;
  readonly heldPulls: HeldPulls;
  readonly counters: BrokerCounters;
  readonly rates: BrokerRates;
  /** Names that are system topics on this broker only. */
  readonly localSystemTopics: ReadonlySet<string>;
  /** Where messages are stored, as it stands in them and in their ids. */
  readonly storeHost: HostBytes;
  /** The offset message id of the record at a commit log offset. */
  readonly offsetMessageId: (physicalOffset: number) => string;
  /** Delay of level 1, 2, … in ms. */
  readonly delayLevels: readonly number[];
  /** Makes message ids for clients that send none. */
  readonly uniqueId: () => string;
}
