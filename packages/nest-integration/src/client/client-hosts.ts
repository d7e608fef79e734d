import { Injectable } from '@nestjs/common';
import { RocketMQError } from '@cometmq/sdk';
import { ClientHost } from './client-host.js';
import { DEFAULT_CLIENT, type RocketMQModuleOptions } from '../module/module-options.js';

/** The clients of one application, by name. */
@Injectable()
export class ClientHosts {
  readonly #byName = new Map<string, ClientHost>();

  get all(): readonly ClientHost[] {
    return [...this.#byName.values()];
  }

  /** Throws INVALID_ARGUMENT for a second client of one name. */
  add(name: string, options: RocketMQModuleOptions): ClientHost {
    if (this.#byName.has(name)) {
      throw new RocketMQError(
        'INVALID_ARGUMENT',
        `RocketMQModule.forRoot is called twice for client '${name}': call it once per client, and give a second client a name of its own ({ name: '…' })`,
      );
    }
    if (options.name !== undefined && options.name !== name) {
      throw new RocketMQError(
        'INVALID_ARGUMENT',
        `the factory of RocketMQ client '${name}' names it '${options.name}': put the name beside the factory, forRootAsync({ name: '${options.name}', useFactory })`,
      );
    }
    const host = new ClientHost(name, options);
    this.#byName.set(name, host);
    return host;
  }

  /** Throws INVALID_ARGUMENT, naming who wants it and which there are. */
  get(name: string = DEFAULT_CLIENT, wantedBy = 'somebody'): ClientHost {
    const host = this.#byName.get(name);
    if (host !== undefined) return host;
    const known = [...this.#byName.keys()].map((each) => `'${each}'`).join(', ') || 'none';
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      `${wantedBy} wants RocketMQ client '${name}', which is not configured (there is ${known}): import RocketMQModule.forRoot(${name === DEFAULT_CLIENT ? '{ … }' : `{ name: '${name}', … }`})`,
    );
  }
}
