import type { BrokerParts } from '@cometmq/broker';
import {
  type DecodedRecord,
  encodeOffsetMessageId,
  findProperty,
  MessageProperty,
  Perm,
  retryTopic,
  withProperty,
} from '@cometmq/protocol';
import type { Clock, Logger, Timer } from '@cometmq/runtime';
import type { MessageToStore } from '@cometmq/store';

/** A message that comes (again) to one group, later. */
export interface HeldDelivery {
  readonly broker: string;
  readonly group: string;
  readonly record: DecodedRecord;
  /** Wall clock of the servers. */
  readonly dueAt: number;
  /** Or when so many other messages have come to the group. */
  others: number;
}

/** A broker that is down gets its messages when it is back. */
const RETRY_MS = 500;

/**
 * Messages that faults hold back. They reach their group as a retry does, through `%RETRY%group`, and none is lost: not when
 * the broker is killed meanwhile, and not at the end (`flush`).
 */
export class HeldDeliveries {
  readonly #held = new Set<HeldDelivery>();
  /** Copies on their way, by group and message: no fault meets them again. */
  readonly #copies = new Map<string, number>();
  #timer: Timer | undefined;

  constructor(
    private readonly partsOf: (broker: string) => BrokerParts | undefined,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  get count(): number {
    return this.#held.size;
  }

  get nextDueAt(): number | undefined {
    return this.nextDueFor(undefined);
  }

  /** For some groups only. */
  nextDueFor(groups: readonly string[] | undefined): number | undefined {
    let next: number | undefined;
    for (const { dueAt, group } of this.#held) {
      if (groups === undefined || groups.includes(group)) next = Math.min(next ?? dueAt, dueAt);
    }
    return next;
  }

  hold(delivery: HeldDelivery): void {
    const { body, bornHost, storeHost } = delivery.record;
    // Its bytes lie in the log of a broker that may be killed.
    const record = { ...delivery.record, body: body.slice(), bornHost: bornHost.slice(), storeHost: storeHost.slice() };
    this.#held.add({ ...delivery, record });
    this.#plan();
  }

  /** So many messages have come to a group. */
  passed(group: string, messages: number): void {
    let due = false;
    for (const held of this.#held) {
      if (held.group !== group || held.others === Number.POSITIVE_INFINITY) continue;
      held.others -= messages;
      due ||= held.others <= 0;
    }
    if (due) this.#plan();
  }

  /** What is due now may be another than before. */
  wallClockSet(): void {
    this.#plan();
  }

  /** True for a copy: it is taken off the list. */
  takeCopy(group: string, record: DecodedRecord): boolean {
    const key = copyKey(group, record);
    const count = this.#copies.get(key);
    if (count === undefined) return false;
    if (count === 1) this.#copies.delete(key);
    else this.#copies.set(key, count - 1);
    return true;
  }

  /** Everything goes to its broker now: the end of the server. What finds its broker down stays behind. */
  async flush(): Promise<void> {
    this.#timer?.cancel();
    for (const held of this.#held) await this.#put(held).catch(() => undefined);
    this.#held.clear();
  }

  #plan(): void {
    this.#timer?.cancel();
    if (this.#held.size === 0) return;
    const now = this.clock.now();
    const others = [...this.#held].some((held) => held.others <= 0);
    const waitMs = others ? 0 : Math.max((this.nextDueAt ?? now) - now, 0);
    this.#timer = this.clock.schedule(waitMs, () => void this.#release());
  }

  async #release(): Promise<void> {
    const now = this.clock.now();
    let failed = false;
    for (const held of [...this.#held]) {
      if (held.dueAt > now && held.others > 0) continue;
      try {
        await this.#put(held);
        this.#held.delete(held);
      } catch (error) {
        failed = true;
        this.logger.debug('a message that a fault holds back cannot be delivered yet', { error });
      }
    }
    if (!failed) return this.#plan();
    this.#timer?.cancel();
    this.#timer = this.clock.schedule(RETRY_MS, () => void this.#release());
  }

  async #put({ broker, group, record }: HeldDelivery): Promise<void> {
    const parts = this.partsOf(broker);
    if (parts === undefined) throw new Error(`${broker} is down`);
    const topic = retryTopic(group);
    await parts.topics.ensure(topic, () => ({
      topicName: topic,
      readQueueNums: 1,
      writeQueueNums: 1,
      perm: Perm.READ | Perm.WRITE,
      topicFilterType: 'SINGLE_TAG',
      topicSysFlag: 0,
      order: false,
      attributes: new Map<string, string>(),
    }));
    const key = copyKey(group, record);
    this.#copies.set(key, (this.#copies.get(key) ?? 0) + 1);
    const put = await parts.store.put(copyOf(record, topic), { waitStoreOk: false });
    if ('queueOffset' in put) return;
    this.takeCopy(group, record);
    throw new Error(put.reason);
  }
}

/** The same message once more, as a broker stores what comes again. */
export function copyOf(record: DecodedRecord, topic: string, queueId = 0): MessageToStore {
  let { properties } = record;
  const keep = (name: string, value: string) => {
    if (findProperty(properties, name) === undefined) properties = withProperty(properties, name, value);
  };
  if (topic !== record.topic) {
    keep(MessageProperty.RETRY_TOPIC, record.topic);
    keep(MessageProperty.ORIGIN_MESSAGE_ID, encodeOffsetMessageId(record.storeHost, record.physicalOffset));
  }
  return {
    topic,
    queueId,
    flag: record.flag,
    sysFlag: record.sysFlag,
    bornTimestamp: record.bornTimestamp,
    bornHost: record.bornHost,
    reconsumeTimes: record.reconsumeTimes,
    preparedTransactionOffset: 0,
    body: record.body,
    properties,
  };
}

function copyKey(group: string, record: DecodedRecord): string {
  const id =
    findProperty(record.properties, MessageProperty.UNIQ_KEY) ??
    findProperty(record.properties, MessageProperty.ORIGIN_MESSAGE_ID) ??
    encodeOffsetMessageId(record.storeHost, record.physicalOffset);
  return `${group} ${record.reconsumeTimes} ${id}`;
}
