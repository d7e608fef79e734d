import { describe, expect, it } from 'vitest';
import { goldenRecords } from '../golden-records.js';
import { heartbeatData, heartbeatFingerprint } from '../../src/bodies/heartbeat.js';

interface Golden {
  readonly made: readonly { readonly class: string; readonly text: string }[];
  readonly heartbeatFingerprint: number;
}

describe('heartbeat fingerprint', () => {
  const golden = goldenRecords<Golden>('bodies.json');
  const heartbeat = heartbeatData.parse(golden.made.find(({ class: name }) => name === 'HeartbeatData')!.text);

  it('is the Java client’s', () => {
    expect(heartbeatFingerprint(heartbeat)).toBe(golden.heartbeatFingerprint);
  });

  it('does not depend on who sends it, nor when it subscribed', () => {
    const [consumer] = heartbeat.consumerDataSet;
    const subscriptionDataSet = consumer!.subscriptionDataSet.map((one) => ({ ...one, subVersion: 7 }));
    const other = {
      ...heartbeat,
      clientID: 'other',
      heartbeatFingerprint: 5,
      withoutSub: true,
      consumerDataSet: [{ ...consumer!, subscriptionDataSet }],
    };
    expect(heartbeatFingerprint(other)).toBe(golden.heartbeatFingerprint);
    expect(heartbeatFingerprint({ ...heartbeat, consumerDataSet: [] })).not.toBe(golden.heartbeatFingerprint);
  });
});
