import { afterEach, beforeEach } from 'vitest';
import { BrokerHarness, type HarnessOptions, type TestClient } from './broker-harness.js';

/** The broker of the running test. */
export let harness: BrokerHarness;
/** A client of it. */
export let client: TestClient;

/** Another broker takes the place; the one before is closed by whoever started it. */
export async function startBroker(options: HarnessOptions = {}): Promise<void> {
  harness = await BrokerHarness.start(options);
  client = harness.client();
}

/** For files whose tests call `startBroker`: the broker is closed behind each. */
export function closeBrokerAfterEach(): void {
  afterEach(() => harness.close());
}

/** Each test of the file finds a broker that was just started, and `prepare` done. */
export function brokerPerTest(prepare?: () => Promise<unknown>): void {
  beforeEach(async () => {
    await startBroker();
    await prepare?.();
  });
  closeBrokerAfterEach();
}
