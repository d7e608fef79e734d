import { type Random, randomInt, sleep } from '@cometmq/runtime';
import { type ConsumeResult, type MessageQueue, type MessageView, retry, type RocketMQ } from '@cometmq/sdk';
import type { SimHost } from '@cometmq/testkit';
import { type Delivery, type Observer, placeText } from '../observations.js';
import type { Trace } from '../trace.js';
import { type Content, isIntact, UNREADABLE } from './content.js';

export interface Group {
  readonly name: string;
  readonly mode: 'concurrent' | 'orderly';
  /** Of all messages, those whose handler fails and that have to come again. */
  readonly failures: number;
  /** A handler takes up to so long, ms. */
  readonly workMs: number;
}

export interface MemberOptions {
  readonly name: string;
  readonly group: Group;
  readonly topic: string;
  readonly trace: Trace;
  readonly observer: Observer;
  readonly random: Random;
}

const ORDERLY_SUSPEND_MS = 200;

/** A member of a consumer group. */
export class Member {
  constructor(private readonly options: MemberOptions) {}

  /** One life of it, until it is closed or its host is gone. */
  async run(mq: RocketMQ, host: SimHost): Promise<void> {
    const { group, name, observer, topic, trace } = this.options;
    const consumer = mq.pushConsumer({
      group: group.name,
      mode: group.mode,
      consumeFrom: 'first',
      suspendMs: ORDERLY_SUSPEND_MS,
    });
    consumer.subscribe<Content>(topic, (message) => this.#handle(message, host));
    consumer.assignment$.subscribe((owned) => {
      const queues = owned.map(queueText).sort();
      trace.add(name, 'q', queues.map((queue) => queue.replace(`/${topic}/`, '/')).join(' '));
      observer({ kind: 'owned', member: name, group: group.name, queues });
    });
    await consumer.start();
  }

  async #handle(message: MessageView<Content>, host: SimHost): Promise<ConsumeResult> {
    const { group, name, observer, random, trace } = this.options;
    const delivery = this.#delivery(message);
    const where = `${delivery.id} ${placeText(delivery.place)}`;
    trace.add(name, '(', where);
    observer({ kind: 'begin', ...delivery });
    const fails = random.next() < group.failures;
    const delayLevel = 1 + randomInt(random, 2);
    await sleep(host.clock, random.next() * group.workMs);
    trace.add(name, fails ? '!' : ')', where);
    observer({ kind: 'end', handled: !fails, ...delivery });
    if (!fails) return;
    if (group.mode === 'concurrent') return retry({ level: delayLevel });
    throw new Error('the handler fails');
  }

  #delivery(message: MessageView<Content>): Delivery {
    const { group, name } = this.options;
    const place = { queue: queueText(message.queue), offset: message.queueOffset };
    let content: Content = { id: UNREADABLE, text: '' };
    try {
      content = message.body;
    } catch {
      // Nobody sent that: the checkers will say so.
    }
    return { group: group.name, member: name, id: content.id, place, intact: isIntact(content) };
  }
}

function queueText({ brokerName, topic, queueId }: MessageQueue): string {
  return `${brokerName}/${topic}/${queueId}`;
}
