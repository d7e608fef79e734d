import type { RemotingCommand } from '../src/index.js';

/** A command as an object of its own properties only, to be compared. */
export function plainCommand(command: RemotingCommand): RemotingCommand {
  const { code, language, version, opaque, flag, remark, fields, body, serialization } = command;
  return { code, language, version, opaque, flag, remark, fields, body, serialization };
}
