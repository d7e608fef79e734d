import type { Logger } from '@cometmq/runtime';

/** A server that runs until somebody ends it. */
export interface Served {
  readonly name: string;
  /** `host:port`, as the ready line says it. */
  readonly address: string;
  close(): Promise<void>;
}

/** A clean stop that takes longer than this is given up with exit code 1. */
const STOP_TIMEOUT_MS = 60_000;

const STARTER_POLL_MS = 250;

/**
 * npm and npx end at a signal without handing it on to what they started: a server whose starter is gone would stay behind,
 * with its port and its store.
 */
function whenStarterEnds(stop: () => void): void {
  if (process.env['npm_command'] === undefined) return;
  const starter = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === starter) return;
    clearInterval(timer);
    stop();
  }, STARTER_POLL_MS);
  timer.unref();
}

/**
 * Starts a server, says `ready host:port` on stdout, and closes it in order at SIGTERM or SIGINT (exit code 0). A second
 * signal ends the process at once (exit code 1).
 */
export async function serve(
  start: () => Promise<Served>,
  logger: Logger,
  banner: (served: Served) => string,
): Promise<void> {
  let stop: (signal: NodeJS.Signals) => void = () => {};
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    stop = resolve;
  });
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    signals += 1;
    if (signals > 1) process.exit(1);
    stop(signal);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  whenStarterEnds(() => onSignal('SIGTERM'));
  const served = await start();
  process.stderr.write(banner(served));
  process.stdout.write(`ready ${served.address}\n`);
  const signal = await stopped;
  logger.info(`${signal}: ${served.name} is closing; the same signal again ends it at once`);
  const giveUp = setTimeout(() => {
    logger.error(`closing took longer than ${STOP_TIMEOUT_MS / 1000} s; ending all the same`);
    process.exit(1);
  }, STOP_TIMEOUT_MS);
  await served.close();
  clearTimeout(giveUp);
  process.exit(0);
}
