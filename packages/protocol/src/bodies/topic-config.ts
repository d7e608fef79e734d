import { ProtocolError } from '../protocol-error.js';
import type { Infer } from './body-shape.js';
import { dataVersion } from './data-version.js';
import { object } from './object-shape.js';
import { bool, choice, int, list, map, optional, set, text } from './shapes.js';
import { topicQueueMappingDetail, topicQueueMappingInfo } from './topic-queue-mapping.js';

const topicConfigFields = {
  topicName: text(),
  readQueueNums: int(16),
  writeQueueNums: int(16),
  /** Bits: 4 read, 2 write, 1 inherit. */
  perm: int(6),
  topicFilterType: choice(['SINGLE_TAG', 'MULTI_TAG'], 'SINGLE_TAG'),
  topicSysFlag: int(),
  order: bool(),
  attributes: map(text()),
};

/** Defaults: 16 queues, readable and writable. */
export const topicConfig = object('TopicConfig', topicConfigFields);
export interface TopicConfig extends Infer<typeof topicConfig> {}

const topicTableFields = { topicConfigTable: map(topicConfig), dataVersion };

/** Also the file topics.json. */
export const topicConfigSerializeWrapper = object('TopicConfigSerializeWrapper', topicTableFields);
export interface TopicConfigSerializeWrapper extends Infer<typeof topicConfigSerializeWrapper> {}

export const topicConfigAndMappingSerializeWrapper = object('TopicConfigAndMappingSerializeWrapper', {
  ...topicTableFields,
  topicQueueMappingInfoMap: map(topicQueueMappingInfo),
  topicQueueMappingDetailMap: map(topicQueueMappingDetail),
  mappingDataVersion: dataVersion,
});
export interface TopicConfigAndMappingSerializeWrapper extends Infer<typeof topicConfigAndMappingSerializeWrapper> {}

export const topicConfigAndQueueMapping = object('TopicConfigAndQueueMapping', {
  ...topicConfigFields,
  mappingDetail: optional(topicQueueMappingDetail),
});
export interface TopicConfigAndQueueMapping extends Infer<typeof topicConfigAndQueueMapping> {}

export const createTopicListRequestBody = object('CreateTopicListRequestBody', { topicConfigList: list(topicConfig) });
export interface CreateTopicListRequestBody extends Infer<typeof createTopicListRequestBody> {}

export const topicList = object('TopicList', { topicList: set(text()), brokerAddr: optional(text()) });
export interface TopicList extends Infer<typeof topicList> {}

const attributesText = map(text());

/** TopicConfig's text form (remoting-protocol, 10.3): `name read write perm filterType attributes`; order and sys flag are lost. */
export function encodeTopicConfigLine(config: TopicConfig): string {
  const { topicName, readQueueNums, writeQueueNums, perm, topicFilterType, attributes } = config;
  return `${topicName} ${readQueueNums} ${writeQueueNums} ${perm} ${topicFilterType} ${attributesText.format(attributes, 'compact')}`;
}

/**
 * Undefined for less than five parts. Attributes that cannot be read (a space tears them) are taken as none, as in Java.
 * Throws ProtocolError when a number is none.
 */
export function decodeTopicConfigLine(line: string): TopicConfig | undefined {
  const [topicName, read, write, perm, filterType, attributes] = line.split(' ');
  if (topicName === undefined || read === undefined || write === undefined || perm === undefined || !filterType)
    return undefined;
  return {
    topicName,
    readQueueNums: lineNumber(read, line),
    writeQueueNums: lineNumber(write, line),
    perm: lineNumber(perm, line),
    topicFilterType: filterType === 'MULTI_TAG' ? 'MULTI_TAG' : 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: readAttributes(attributes),
  };
}

function lineNumber(part: string, line: string): number {
  const value = Number(part);
  if (!/^[+-]?\d+$/.test(part) || value !== (value | 0)) {
    throw new ProtocolError(`topic line ${JSON.stringify(line.slice(0, 200))}: ${JSON.stringify(part)} is no number`);
  }
  return value;
}

function readAttributes(text: string | undefined): ReadonlyMap<string, string> {
  if (text === undefined || text === '') return new Map();
  try {
    return attributesText.parse(text);
  } catch (error) {
    if (error instanceof ProtocolError) return new Map();
    throw error;
  }
}
