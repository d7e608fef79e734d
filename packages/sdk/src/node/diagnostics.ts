import { channel, type TracingChannel as NodeChannel, tracingChannel } from 'node:diagnostics_channel';
import { CONSUME_CHANNEL, SEND_CHANNEL, type Tracing, type TracingChannel } from '../client/tracing.js';

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

function follow<Context extends object, Result>(name: string): TracingChannel<Context, Result> {
  const node: NodeChannel<unknown, Context> = tracingChannel<unknown, Context>(name);
  // TracingChannel.hasSubscribers is there from Node 20.13 on and was wrong before 22: ask the five channels.
  const channels = EVENTS.map((event) => channel(`tracing:${name}:${event}`));
  return {
    get heard() {
      for (const one of channels) if (one.hasSubscribers) return true;
      return false;
    },
    trace: (operation, context) => node.tracePromise(operation, context),
  };
}

/** The one place where this package publishes to node:diagnostics_channel. */
export const diagnosticsTracing: Tracing = { send: follow(SEND_CHANNEL), consume: follow(CONSUME_CHANNEL) };
