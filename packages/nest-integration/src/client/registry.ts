import { Injectable } from '@nestjs/common';
import type { RocketMQ } from '@cometmq/sdk';
import { consumerOf, Registrar } from '../discovery/registrar.js';
import { DEFAULT_CLIENT } from '../module/module-options.js';
import { ClientHosts } from './client-hosts.js';

/**
 * The clients and consumers of the application: to start, suspend and resume groups, for example from an admin controller. Where
 * several clients have a consumer of one group the client must be named.
 */
@Injectable()
export class RocketMQRegistry {
  constructor(
    private readonly hosts: ClientHosts,
    private readonly registrar: Registrar,
  ) {}

  /** A client by name, default 'default'. Throws INVALID_ARGUMENT for one that is not configured. */
  client(name?: string): RocketMQ {
    return this.hosts.get(name).client;
  }

  /** Groups with handlers in this process, those that read dead letters (`<group>_dlq`) included. */
  groups(): readonly string[] {
    return this.registrar.consumers.map(({ bound }) => bound.group);
  }

  /** Groups of a client (default 'default') that run as long as the application is healthy: all but those with `autoStart: false`. */
  requiredGroups(client: string = DEFAULT_CLIENT): readonly string[] {
    return this.registrar.consumers
      .filter((one) => one.client === client && one.bound.autoStart)
      .map(({ bound }) => bound.group);
  }

  /** Starts a consumer with `autoStart: false`. Idempotent. Throws INVALID_ARGUMENT for a group that is not here. */
  start(group: string, client?: string): Promise<void> {
    return consumerOf(this.registrar.consumers, group, client).start();
  }

  /** No further pulls; what has been pulled is still handled. Throws INVALID_ARGUMENT for a group that is not here. */
  suspend(group: string, client?: string): void {
    consumerOf(this.registrar.consumers, group, client).consumer.suspend();
  }

  /** Pulls again. Throws INVALID_ARGUMENT for a group that is not here. */
  resume(group: string, client?: string): void {
    consumerOf(this.registrar.consumers, group, client).consumer.resume();
  }
}
