import * as common from '@nestjs/common';
import { expect, it } from 'vitest';

/** Nest 12 brought it. */
const major = 'StandardSchemaValidationPipe' in common ? '12' : '11';

it('is the one this run is for', () => {
  expect(major).toBe(process.env['NEST_MAJOR'] ?? '12');
});
