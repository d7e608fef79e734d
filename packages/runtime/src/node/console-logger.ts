import type { LogFields, Logger } from '../telemetry.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };
const COLOUR: Readonly<Record<Exclude<LogLevel, 'silent'>, string>> = {
  debug: '90',
  info: '36',
  warn: '33',
  error: '31',
};

export interface ConsoleLoggerOptions {
  /** Lines below it are left out. Default `info`. */
  readonly level?: LogLevel;
  /** `text` for people, `json` (one object a line) for programs. Default: text on a terminal, else json. */
  readonly format?: 'text' | 'json';
  /** Takes the finished line. Default: standard error. */
  readonly write?: (line: string) => void;
  /** Wall clock in ms since the epoch. Default: the operating system's. */
  readonly now?: () => number;
}

/** Writes one line per message to standard error. */
export function consoleLogger(options: ConsoleLoggerOptions = {}): Logger {
  const format = options.format ?? (process.stderr.isTTY ? 'text' : 'json');
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const now = options.now ?? Date.now;
  const render = format === 'text' ? textLine : jsonLine;
  const least = RANK[options.level ?? 'info'];
  const make = (bound: LogFields): Logger => {
    const at = (level: Exclude<LogLevel, 'silent'>) => (message: string, fields?: LogFields) => {
      if (RANK[level] >= least)
        write(render(new Date(now()), level, message, fields ? { ...bound, ...fields } : bound));
    };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => make({ ...bound, ...fields }),
    };
  };
  return make({});
}

function jsonLine(time: Date, level: string, message: string, fields: LogFields): string {
  return `${safeJson({ time: time.toISOString(), level, message, ...fields })}\n`;
}

function textLine(time: Date, level: keyof typeof COLOUR, message: string, fields: LogFields): string {
  const clock = time.toISOString().slice(11, 23);
  let line = `${clock} \u001b[${COLOUR[level]}m${level.toUpperCase().padEnd(5)}\u001b[0m ${message}`;
  let stack = '';
  for (const [key, value] of Object.entries(fields)) {
    if (value instanceof Error) {
      line += ` ${key}=${value.message}`;
      stack += `\n${value.stack ?? ''}`;
    } else line += ` ${key}=${typeof value === 'string' ? value : safeJson(value)}`;
  }
  return `${line}${level === 'error' || level === 'warn' ? stack : ''}\n`;
}

/** Never throws: a logger must not be the reason that something fails. */
function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value, replaceOdd) ?? String(value);
  } catch (error) {
    return JSON.stringify({ unprintable: String(error) });
  }
}

function replaceOdd(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return {
      name,
      message,
      code: (value as { code?: unknown }).code,
      stack,
      ...(cause === undefined ? {} : { cause }),
    };
  }
  return value;
}
