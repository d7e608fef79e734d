import { describe, expect, it } from 'vitest';
import { goldenManifest, goldenStore } from '../../../../tools/golden-reader/golden-store.js';
import type { JsonBody } from '../../src/bodies/body-shape.js';
import { consumerFilterFile, consumerOrderInfoFile } from '../../src/bodies/broker-files.js';
import {
  consumerOffsetFile,
  consumerOffsetSerializeWrapper,
  delayOffsetSerializeWrapper,
  lmqConsumerOffsetFile,
} from '../../src/bodies/consumer-offset.js';
import { messageRequestModeSerializeWrapper } from '../../src/bodies/pop.js';
import { timerMetrics, transactionMetrics } from '../../src/bodies/statistics.js';
import { subscriptionGroupWrapper } from '../../src/bodies/subscription-group.js';
import { topicConfigAndMappingSerializeWrapper, topicConfigSerializeWrapper } from '../../src/bodies/topic-config.js';

const FILES: Readonly<Record<string, { readonly body: JsonBody<unknown>; readonly form: 'pretty' | 'standard' }>> = {
  'topics.json': { body: topicConfigSerializeWrapper, form: 'pretty' },
  'subscriptionGroup.json': { body: subscriptionGroupWrapper, form: 'pretty' },
  'consumerOffset.json': { body: consumerOffsetFile, form: 'pretty' },
  'lmqConsumerOffset.json': { body: lmqConsumerOffsetFile, form: 'pretty' },
  'delayOffset.json': { body: delayOffsetSerializeWrapper, form: 'pretty' },
  'consumerFilter.json': { body: consumerFilterFile, form: 'pretty' },
  'consumerOrderInfo.json': { body: consumerOrderInfoFile, form: 'pretty' },
  'messageRequestMode.json': { body: messageRequestModeSerializeWrapper, form: 'pretty' },
  timermetrics: { body: timerMetrics, form: 'standard' },
  transactionMetrics: { body: transactionMetrics, form: 'standard' },
};

const decoder = new TextDecoder();

describe.each(['clean-5.3.3', 'clean-4.9.7', 'light-queues', 'killed-5.3.3'])('config directory of %s', (name) => {
  const files = [...goldenStore(name)].filter(([path]) => path.startsWith('config/') && !path.endsWith('timercheck'));

  it.each(files.map(([path, bytes]) => ({ path, text: decoder.decode(bytes) })))(
    '$path: is read and written as Apache did',
    ({ path, text }) => {
      const file = FILES[path.slice('config/'.length).replace(/\.bak$/, '')];
      if (file === undefined) throw new Error(`no shape for ${path}`);
      const value = file.body.parse(text);
      // The metrics are one line each, in the order of a hash map.
      const written = file.form === 'pretty' ? file.body.format(value, 'pretty') : text;
      expect(differingLines(written, text, name)).toEqual([]);
      expect(file.body.parse(file.body.format(value, file.form))).toEqual(value);
    },
  );

  it('agrees with what the broker answered', () => {
    const manifest = goldenManifest(name);
    expect(() => topicConfigAndMappingSerializeWrapper.parse(manifest.topicConfig)).not.toThrow();
    expect(subscriptionGroupWrapper.parse(manifest.groups).subscriptionGroupTable.size).toBeGreaterThan(0);
    expect(() => consumerOffsetSerializeWrapper.parse(manifest.consumerOffsets)).not.toThrow();
    expect(() => delayOffsetSerializeWrapper.parse(manifest.delayOffsets)).not.toThrow();
  });
});

/** Keys of maps come in the order of Java's hash maps, ours in the order they were read: numbers first. */
function sortedLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/,$/, ''))
    .sort();
}

function differingLines(written: string, text: string, store: string): string[] {
  const ours = sortedLines(written);
  const theirs = sortedLines(text);
  const missing = theirs.filter((line) => !ours.includes(line));
  // 4.9 lacks fields that 5.x has; those it has are written alike.
  return store.includes('4.9') ? missing : [...missing, ...ours.filter((line, index) => line !== theirs[index])];
}
