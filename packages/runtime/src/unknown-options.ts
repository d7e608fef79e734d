import type { UnknownOption } from './options.js';
import type { Logger } from './telemetry.js';

/**
 * Tells of keys that nothing reads: a warning for each, with the option that may have been meant. Of those that the
 * original of this server knows (`knownElsewhere`) the count has to do, so that its configuration files can be used; their
 * names are told at debug.
 */
export function logUnknownOptions(
  logger: Logger,
  unknown: Iterable<UnknownOption>,
  knownElsewhere: ReadonlySet<string>,
): void {
  const withoutEffect: string[] = [];
  for (const { key, meant, source } of unknown) {
    if (knownElsewhere.has(key)) {
      withoutEffect.push(key);
      continue;
    }
    const hint = meant === undefined ? 'it is passed over' : `it is passed over; was ${meant} meant?`;
    logger.warn(`nobody knows the option ${key}: ${hint}`, { key, source });
  }
  if (withoutEffect.length === 0) return;
  logger.info(`options of Apache's server that have no effect here: ${withoutEffect.length}`);
  logger.debug("options of Apache's server that have no effect here", { keys: withoutEffect });
}
