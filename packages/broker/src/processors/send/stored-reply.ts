import { type JsonHeader, ResponseCode, type SendAnswer } from '@cometmq/protocol';
import type { BrokerParts } from '../broker-parts.js';
import { sendConstants, type SendConstants } from './send-constants.js';
import type { SendReply } from './send-reply.js';

/** The answer to a send whose message was stored. It writes itself; its header is made only when somebody looks at it. */
export class StoredReply implements SendReply, SendAnswer, JsonHeader {
  readonly code = ResponseCode.SUCCESS;
  readonly #constants: SendConstants;
  readonly #messageId: BrokerParts['offsetMessageId'];

  constructor(
    parts: BrokerParts,
    readonly physicalOffset: number,
    readonly queueId: number,
    readonly queueOffset: number,
    readonly transactionId: string,
  ) {
    this.#constants = sendConstants(parts);
    this.#messageId = parts.offsetMessageId;
  }

  get header(): NonNullable<SendReply['header']> {
    const { queueId, queueOffset, transactionId } = this;
    return { msgId: this.#messageId(this.physicalOffset), queueId, queueOffset, transactionId };
  }

  get extFields(): Readonly<Record<string, string>> {
    return this.#constants.fields;
  }

  get json(): JsonHeader {
    return this;
  }

  get jsonBound(): number {
    return this.#constants.answers.bound(this);
  }

  writeJson(into: Uint8Array, at: number, opaque: number): number {
    return this.#constants.answers.write(into, at, opaque, this);
  }
}
