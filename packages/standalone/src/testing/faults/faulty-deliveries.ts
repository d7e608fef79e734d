import type { BrokerParts } from '@cometmq/broker';
import {
  type DecodedRecord,
  findProperty,
  isRetryTopic,
  lockBatchMq,
  lockBatchRequestBody,
  MessageProperty,
  pullMessage,
  readRecord,
  recordTotalSize,
  type RequestDefinition,
  ResponseCode,
  sendMessage,
  sendMessageV2,
} from '@cometmq/protocol';
import { answerOf, type IncomingRequest, type Processor, type Reply } from '@cometmq/remoting';
import type { Clock, Logger } from '@cometmq/runtime';
import type { MessageView } from '@cometmq/sdk';
import { durationMs } from '../duration.js';
import { viewOf } from '../stored-messages.js';
import { checkChoice, type Encounter, isChosen } from './chosen-messages.js';
import { type DeliveryFault, FaultRecord, type ResendFault } from './fault.js';
import { copyOf, HeldDeliveries } from './held-deliveries.js';

type AnyReply = Reply<RequestDefinition> | undefined;
type AnyRequest = IncomingRequest<RequestDefinition>;

interface Place {
  readonly name: string;
  readonly parts: BrokerParts;
}

interface Active {
  readonly fault: DeliveryFault | ResendFault;
  readonly record: FaultRecord;
  readonly afterMs: number;
  /** What it has met: a message that is pulled again (its consumer came back) is met once. */
  readonly met: Set<string>;
  left: number;
}

/** When a message comes (again) unless the fault says it, ms. */
const AFTER_MS = { duplicate: 0, reorder: 1000, delay: 10_000, drop: 10_000, resend: 0 } as const;
const REORDERED_BEHIND = 3;
const MAX_REMEMBERED = 100_000;

/** Stands between the brokers and their clients: knows of every delivery, and lets faults happen to them. */
export class FaultyDeliveries {
  readonly held: HeldDeliveries;
  readonly #active = new Set<Active>();
  /** Groups that lock their queues: they are promised an order. */
  readonly #orderly = new Set<string>();
  #answers = 0;

  constructor(
    private readonly seed: number,
    private readonly ports: { readonly clock: Clock; readonly logger: Logger },
    partsOf: (broker: string) => BrokerParts | undefined,
  ) {
    this.held = new HeldDeliveries(partsOf, ports.clock, ports.logger);
  }

  /** Pulls that were answered with messages. */
  get answers(): number {
    return this.#answers;
  }

  /** Throws TypeError for a fault that cannot be. */
  add(fault: DeliveryFault | ResendFault): FaultRecord {
    checkChoice(fault);
    const after = 'after' in fault ? fault.after : undefined;
    const afterMs = after === undefined ? AFTER_MS[fault.kind] : durationMs(after);
    const record = new FaultRecord(fault.kind, () => void this.#active.delete(active));
    const left = fault.times ?? Number.POSITIVE_INFINITY;
    const active: Active = { fault, record, afterMs, met: new Set(), left };
    this.#active.add(active);
    return record;
  }

  /** The processors of a broker with this one in between. */
  watch(processors: readonly Processor[], name: string, parts: BrokerParts): Processor[] {
    const place = { name, parts };
    return processors.map((inner) => {
      switch (inner.definition.code) {
        case pullMessage.code:
          return then(inner, (reply, request) => this.#pulled(reply, request, place));
        case sendMessageV2.code:
        case sendMessage.code:
          return then(inner, (reply, request) => this.#sent(reply, request, place));
        case lockBatchMq.code:
          return then(inner, (reply, request) => {
            if (reply?.code === ResponseCode.SUCCESS) {
              const { consumerGroup } = lockBatchRequestBody.decode(request.body);
              if (consumerGroup !== undefined) this.#orderly.add(consumerGroup);
            }
            return reply;
          });
        default:
          return inner;
      }
    });
  }

  #pulled(reply: AnyReply, request: AnyRequest, place: Place): AnyReply {
    if (reply?.code !== ResponseCode.SUCCESS || reply.body === undefined) return reply;
    this.#answers += 1;
    if (this.#active.size === 0 && this.held.count === 0) return reply;
    const { consumerGroup } = request.header as { readonly consumerGroup: string };
    if (!this.#mayMeet(consumerGroup, place.parts)) return reply;
    const all = recordsOf(reply.body);
    const kept = all.filter((bytes) => this.#delivers(readRecord(bytes), consumerGroup, place));
    this.held.passed(consumerGroup, kept.length);
    if (kept.length === all.length) return reply;
    if (kept.length > 0) return { ...reply, body: kept };
    // As if no message had passed the filter: the client goes on behind them.
    const { body: _, ...rest } = reply;
    return { ...rest, code: ResponseCode.PULL_RETRY_IMMEDIATELY };
  }

  #mayMeet(group: string, { clients }: BrokerParts): boolean {
    const settings = clients.consumerGroup(group)?.settings;
    if (settings?.messageModel !== 'CLUSTERING' || settings.consumeType !== 'CONSUME_PASSIVELY') return false;
    return !this.#orderly.has(group);
  }

  /** Whether the message is in the answer. */
  #delivers(record: DecodedRecord, group: string, place: Place): boolean {
    if (isRetryTopic(record.topic) && this.held.takeCopy(group, record)) return true;
    const { queueId, queueOffset, topic } = record;
    for (const active of this.#active) {
      const { fault } = active;
      if (fault.kind === 'resend' || (fault.group !== undefined && fault.group !== group)) continue;
      const meeting = this.#meets(active, { group, topic, queueId, queueOffset }, record, place);
      if (meeting === 'none') continue;
      // Its copy is on its way, or has been.
      if (meeting === 'again') return fault.kind === 'duplicate';
      const dueAt = this.ports.clock.now() + active.afterMs;
      const others = fault.kind === 'reorder' ? REORDERED_BEHIND : Number.POSITIVE_INFINITY;
      this.held.hold({ broker: place.name, group, record, dueAt, others });
      return fault.kind === 'duplicate';
    }
    return true;
  }

  async #sent(reply: AnyReply, request: AnyRequest, place: Place): Promise<AnyReply> {
    const faults = [...this.#active].filter(({ fault }) => fault.kind === 'resend');
    if (reply?.code !== ResponseCode.SUCCESS || faults.length === 0) return reply;
    const { topic, properties = '' } = request.header as { readonly topic: string; readonly properties?: string };
    const { queueId, queueOffset } = reply.header as unknown as {
      readonly queueId: number;
      readonly queueOffset: number;
    };
    const { store } = place.parts;
    const read = await store.read({ topic, queueId, offset: queueOffset, maxMessages: 1, maxBytes: 1 << 24 });
    const [bytes] = read.records;
    if (bytes === undefined) return reply;
    const record = readRecord(bytes);
    // A message that is delayed stands elsewhere for now.
    const key = findProperty(properties, MessageProperty.UNIQ_KEY);
    if (findProperty(record.properties, MessageProperty.UNIQ_KEY) !== key) return reply;
    for (const active of faults) {
      if (this.#meets(active, { group: '', topic, queueId, queueOffset }, record, place) !== 'first') continue;
      await store.put(copyOf(record, topic, queueId));
      break;
    }
    return reply;
  }

  #meets(active: Active, where: Encounter, record: DecodedRecord, { name }: Place): 'first' | 'again' | 'none' {
    const id = `${name} ${where.group} ${where.topic} ${where.queueId} ${where.queueOffset}`;
    if (active.met.has(id)) return 'again';
    if (active.left <= 0) return 'none';
    let view: MessageView | undefined;
    const message = () => (view ??= viewOf({ brokerName: name, record }));
    if (!isChosen(active.fault, this.seed, where, message)) return 'none';
    active.left -= 1;
    if (active.met.size < MAX_REMEMBERED) active.met.add(id);
    const at = new Date(this.ports.clock.now());
    active.record.hit({ at, broker: name, message: message(), ...(where.group !== '' && { group: where.group }) });
    return 'first';
  }
}

function then(
  inner: Processor,
  after: (reply: AnyReply, request: AnyRequest) => AnyReply | Promise<AnyReply>,
): Processor {
  return {
    definition: inner.definition,
    handle: (request) => {
      const reply = answerOf(inner, request);
      return reply instanceof Promise ? reply.then((later) => after(later, request)) : after(reply, request);
    },
  };
}

/** A body's records, each on its own, as they are. */
function recordsOf(body: Uint8Array | readonly Uint8Array[]): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const part of body instanceof Uint8Array ? [body] : body) {
    for (let at = 0; at < part.length;) {
      const size = recordTotalSize(part, at);
      found.push(part.subarray(at, at + size));
      at += size;
    }
  }
  return found;
}
