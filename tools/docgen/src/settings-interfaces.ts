import { brokerOptions } from '@cometmq/broker';
import { namesrvOptions } from '@cometmq/namesrv';
import { storeOptions } from '@cometmq/store';
import type { SettingsInterface } from './settings-interface.js';

/** By path in the repository. */
export const settingsInterfaces: Readonly<Record<string, SettingsInterface>> = {
  'packages/store/src/store-settings.ts': {
    name: 'StoreSettings',
    doc: "Settings of a message store, complete. Keys and defaults are those of Apache's MessageStoreConfig where it has one.",
    from: 'store-options.ts',
    table: storeOptions,
  },
  'packages/broker/src/broker-settings.ts': {
    name: 'BrokerSettings',
    doc: "Settings of a broker, complete. Keys and defaults are those of Apache's BrokerConfig where it has one.",
    from: 'broker-options.ts',
    table: brokerOptions,
  },
  'packages/namesrv/src/configuration/namesrv-settings.ts': {
    name: 'NamesrvSettings',
    doc: "Settings of a name server, complete. Keys and defaults are those of Apache's NamesrvConfig where it has one.",
    from: 'namesrv-options.ts',
    table: namesrvOptions,
  },
};
