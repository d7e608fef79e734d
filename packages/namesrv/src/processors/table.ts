import type { Processor } from '@cometmq/remoting';
import { configurationProcessors } from './configuration.js';
import type { NamesrvContext } from './context.js';
import { kvProcessors } from './kv.js';
import { registrationProcessors } from './registration.js';
import { routeProcessors } from './routes.js';
import { topicProcessors } from './topics.js';

/** Every request that a name server answers. */
export function namesrvProcessors(context: NamesrvContext): readonly Processor[] {
  return [
    ...registrationProcessors(context),
    ...routeProcessors(context),
    ...topicProcessors(context),
    ...kvProcessors(context),
    ...configurationProcessors(context),
  ];
}
