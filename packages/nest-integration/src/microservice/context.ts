import { BaseRpcContext } from '@nestjs/microservices';
import type { MessageView } from '@cometmq/sdk';

/** What `@Ctx()` gives: the message the event came with. */
export class RocketMQContext extends BaseRpcContext<[MessageView]> {
  /** The whole message. */
  getMessage(): MessageView {
    return this.args[0];
  }

  /** The topic it was sent to. */
  getTopic(): string {
    return this.args[0].topic;
  }

  /** All properties, RocketMQ's own included. */
  getProperties(): Readonly<Record<string, string>> {
    return this.args[0].properties;
  }
}
