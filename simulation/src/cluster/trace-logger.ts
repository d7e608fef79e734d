import { type LogFields, type Logger, silentLogger } from '@cometmq/runtime';
import type { Trace } from '../trace.js';

/** Warnings and errors of a program stand in the trace. */
export function traceLogger(trace: Trace, program: string): Logger {
  const write = (message: string, fields?: LogFields) => trace.add(program, 'w', message + fieldsText(fields));
  return { ...silentLogger, warn: write, error: write, child: () => traceLogger(trace, program) };
}

function fieldsText(fields: LogFields | undefined): string {
  const error = fields?.['error'] ?? fields?.['reason'];
  const text = error instanceof Error ? error.message : error;
  return typeof text === 'string' ? ` (${text})` : '';
}
