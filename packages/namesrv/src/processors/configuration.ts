import { getNamesrvConfig, ResponseCode, updateNamesrvConfig } from '@cometmq/protocol';
import { type Processor, processor } from '@cometmq/remoting';
import { SettingError } from '../configuration/namesrv-options.js';
import type { NamesrvContext } from './context.js';

/** The settings, as Java properties text. */
export function configurationProcessors({ configuration, logger }: NamesrvContext): Processor[] {
  return [
    processor(getNamesrvConfig, () => ({
      code: ResponseCode.SUCCESS,
      body: new TextEncoder().encode(configuration.text()),
    })),
    processor(updateNamesrvConfig, async ({ body, connection }) => {
      try {
        const changed = await configuration.update(body);
        logger.info('settings changed', { ...changed, peer: connection.address });
        return { code: ResponseCode.SUCCESS };
      } catch (error) {
        if (!(error instanceof SettingError)) throw error;
        const code = error.reason === 'forbidden' ? ResponseCode.NO_PERMISSION : ResponseCode.SYSTEM_ERROR;
        return { code, remark: error.message };
      }
    }),
  ];
}
