import type { MessageView } from '@cometmq/sdk';
import type { DeliveryFault, ResendFault } from './fault.js';

/** Where a message was met: with the seed it decides, whatever happened before and however fast. */
export interface Encounter {
  readonly group: string;
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
}

/** FNV-1a over a text, then mixed: from 0 to 1, exclusive. */
function share(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}

/** Throws TypeError for a chance or count that cannot be. */
export function checkChoice({ chance, times }: DeliveryFault | ResendFault): void {
  if (chance !== undefined && !(chance >= 0 && chance <= 1))
    throw new TypeError(`fault: chance must be from 0 to 1, not ${chance}`);
  if (times !== undefined && !(Number.isSafeInteger(times) && times > 0))
    throw new TypeError(`fault: times must be a whole number above 0, not ${times}`);
}

/** Whether a fault meets a message. */
export function isChosen(
  fault: DeliveryFault | ResendFault,
  seed: number,
  where: Encounter,
  view: () => MessageView,
): boolean {
  const { group, queueId, queueOffset, topic } = where;
  if (fault.chance !== undefined) {
    const drawn = share(`${fault.kind} ${fault.seed ?? seed} ${group} ${topic} ${queueId} ${queueOffset}`);
    if (drawn >= fault.chance) return false;
  }
  if (fault.topic === undefined && fault.match === undefined) return true;
  const message = view();
  return (fault.topic === undefined || message.originTopic === fault.topic) && (fault.match?.(message) ?? true);
}
