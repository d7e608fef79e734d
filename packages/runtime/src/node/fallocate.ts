import { childProcess } from './builtins.js';

const TIMEOUT_MS = 60_000;

/** Cleared when the platform turns out to have no such program, so that it is looked for only once. */
let available = process.platform === 'linux';

/**
 * Reserves `size` bytes for an open file with the program of util-linux: Node has no call for it. Does nothing where the
 * program or the file system cannot; rejects with code ENOSPC when the space is not there.
 */
export async function fallocate(fd: number, size: number): Promise<void> {
  if (!available || size <= 0) return;
  const { status, said } = await run(fd, size);
  if (status === 'missing') available = false;
  if (/no space left|quota exceeded/i.test(said)) {
    throw Object.assign(new Error(`fallocate of ${size} bytes: no space left on device`), { code: 'ENOSPC' });
  }
}

function run(fd: number, size: number): Promise<{ status: number | 'missing'; said: string }> {
  return new Promise((resolve) => {
    // The child sees the descriptor as its number 3: no path, so a rename or removal meanwhile does no harm.
    const child = childProcess().spawn('fallocate', ['-l', String(size), '/proc/self/fd/3'], {
      stdio: ['ignore', 'ignore', 'pipe', fd],
      env: { ...process.env, LC_ALL: 'C' },
      timeout: TIMEOUT_MS,
    });
    let said = '';
    child.stderr?.setEncoding('latin1').on('data', (text: string) => {
      if (said.length < 4096) said += text;
    });
    child.on('error', () => resolve({ status: 'missing', said }));
    child.on('close', (code) => resolve({ status: code ?? 1, said }));
  });
}
