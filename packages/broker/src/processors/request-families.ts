import {
  checkClientConfig,
  consumerSendMsgBack,
  getConsumerListByGroup,
  heartBeat,
  litePullMessage,
  lockBatchMq,
  pullMessage,
  queryConsumerOffset,
  type RequestDefinition,
  sendBatchMessage,
  sendMessage,
  sendMessageV2,
  unlockBatchMq,
  unregisterClient,
  updateConsumerOffset,
} from '@cometmq/protocol';
import type { AdmissionOptions } from '@cometmq/remoting';

const codes = (...requests: readonly Pick<RequestDefinition, 'code'>[]): number[] => requests.map(({ code }) => code);

/**
 * What shares a bound on work in progress, as Apache's broker has thread pools: pulls without end do not keep anybody from
 * sending, and neither of them keeps clients from saying that they live.
 */
export const requestFamilies: AdmissionOptions = {
  families: [
    { name: 'send', codes: codes(sendMessage, sendMessageV2, sendBatchMessage, consumerSendMsgBack) },
    {
      name: 'pull',
      codes: codes(pullMessage, litePullMessage),
      // The bound is maxHeldPulls: above it those that find something are still answered.
      maxParked: Number.POSITIVE_INFINITY,
      // Each may be answered with 256 KiB, whether or not its client reads that.
      weight: 8,
    },
    {
      name: 'client',
      codes: codes(
        heartBeat,
        unregisterClient,
        checkClientConfig,
        getConsumerListByGroup,
        queryConsumerOffset,
        updateConsumerOffset,
        lockBatchMq,
        unlockBatchMq,
      ),
    },
  ],
};
