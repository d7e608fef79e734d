import { type Channel, type Clock, createPipe, type Dialer, type HostPort } from '@cometmq/runtime';

/**
 * Dials into a server of the same process without a socket: how the broker registers with the name server next to it.
 * Both ends say the address that the outside knows the server by.
 */
export function inProcessDialer(clock: Clock, address: () => HostPort, accept: (channel: Channel) => void): Dialer {
  return {
    kind: 'memory',
    connect() {
      const [near, far] = createPipe(clock, { addresses: [{ host: '127.0.0.1', port: 0 }, address()] });
      accept(far);
      return Promise.resolve(near);
    },
  };
}
