import { Catch, type ExceptionFilter } from '@nestjs/common';
import { PayloadValidationError } from '@cometmq/nest';
import { type ConsumeResult, reject } from '@cometmq/sdk';
import { UnknownCustomerError } from './invoices.js';

/** Says what becomes of the message. A filter that returns nothing has not handled the exception: then the exception decides. */
@Catch(UnknownCustomerError, PayloadValidationError)
export class RefusalsFilter implements ExceptionFilter<Error> {
  catch(error: Error): ConsumeResult {
    return reject(error.message);
  }
}
