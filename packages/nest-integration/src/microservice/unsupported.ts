import { RocketMQError } from '@cometmq/sdk';

/** The version of request-reply, as the SDK names it. */
const REPLY_VERSION = '0.2';

/** For what needs an answer over the broker. */
export const replyUnsupported = (what: string): RocketMQError =>
  new RocketMQError(
    'UNSUPPORTED',
    `${what} needs request-reply, which comes with version ${REPLY_VERSION}: until then take @EventPattern and emit()`,
  );
