import type { AccessRequirement, Action } from '../schema/define-request.js';

/** One of `actions` on the topic named by a header field. */
export function ofTopic(actions: readonly Action[], field = 'topic', separator?: string): AccessRequirement {
  return { resource: 'topic', actions, field, ...(separator === undefined ? {} : { separator }) };
}

/** One of `actions` on the group named by a header field. */
export function ofGroup(actions: readonly Action[], field = 'consumerGroup', separator?: string): AccessRequirement {
  return { resource: 'group', actions, field, ...(separator === undefined ? {} : { separator }) };
}

/** One of `actions` on the server's own cluster, or on the one named by a header field. */
export function ofCluster(actions: readonly Action[], field?: string): AccessRequirement {
  return { resource: 'cluster', actions, ...(field === undefined ? {} : { field }) };
}

/** One of `actions` on each topic or group that the body names. */
export function ofBody(resource: 'topic' | 'group', actions: readonly Action[]): AccessRequirement {
  return { resource, actions, inBody: true };
}

/** One of `actions` on any topic or group. */
export function ofAny(resource: 'topic' | 'group', actions: readonly Action[]): AccessRequirement {
  return { resource, actions };
}
