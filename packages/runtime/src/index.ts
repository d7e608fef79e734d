export { assert, assertDefined, assertNever, ProgrammerError } from './assert.js';
export { BoundedQueue, type BoundedQueueOptions } from './bounded-queue.js';
export { type Clock, every, sleep, type Timer } from './clock.js';
export type { Codecs, CompressionAlgorithm } from './codecs.js';
export { crc32 } from './crc32.js';
export { Deadline, deadlineSignal, withDeadline } from './deadline.js';
export { type Disk, type DiskEntry, DiskError, type DiskErrorCode, type DiskFile, type DiskLock } from './disk.js';
export { Gate, GateError, type GateOptions, type GateRefusal, type GateWait } from './gate.js';
export { CloseStack, type Lifecycle } from './lifecycle.js';
export { decodeLz4Frame, Lz4Error } from './lz4-frame.js';
export {
  completeOptions,
  defineOptions,
  environmentEntries,
  flagEntries,
  formatOption,
  type GivenOptions,
  type OptionProblem,
  type OptionSource,
  type OptionSpec,
  optionSources,
  type OptionTable,
  type OptionTexts,
  type OptionValue,
  type OptionValues,
  optionDefaults,
  optionRange,
  OptionsError,
  type ParsedOptions,
  parseOption,
  parseOptions,
  type UnknownOption,
} from './options.js';
export { createPipe, type PipeOptions } from './pipe.js';
export type { Ports } from './ports.js';
export { formatProperties, parseProperties } from './properties.js';
export { type Random, randomInt, seededRandom } from './random.js';
export {
  createMeter,
  type Gauge,
  type LogFields,
  type Logger,
  type Meter,
  type ProcessGauges,
  silentLogger,
} from './telemetry.js';
export { decodeUtf8, encodeUtf8, readLatin1, readUtf8, utf8Length, writeAscii, writeUtf8 } from './text.js';
export {
  type Acceptor,
  type AcceptOptions,
  type Channel,
  type ChannelHandler,
  type Dialer,
  type DialOptions,
  formatAddress,
  type HostPort,
  type HttpAnswer,
  type HttpHandler,
  type HttpRequest,
  type Listener,
  parseAddress,
  TransportError,
  type TransportErrorCode,
  type TransportKind,
} from './transport.js';
export { logUnknownOptions } from './unknown-options.js';
export { VirtualClock } from './virtual-clock.js';
export { Watermark } from './watermark.js';
