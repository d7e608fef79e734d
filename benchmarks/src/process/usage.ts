import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Ticks a second in /proc/<pid>/stat. */
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Processor time of a process since its start, user and system together, in microseconds. */
export function processorTimeUs(pid: number): number {
  return (parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8')) / ticksPerSecond) * 1e6;
}

/** Ticks in a line of /proc/<pid>/stat. The second field is the program's name in brackets and may hold anything. */
export function parseStat(line: string): number {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Processor time of the whole machine since its start, in microseconds. */
export function machineTimeUs(): number {
  return (parseMachineStat(readFileSync('/proc/stat', 'utf8')) / ticksPerSecond) * 1e6;
}

/** Busy ticks in /proc/stat: user, nice, system, irq, softirq and what the host took; not idle, not waiting for a disk. */
export function parseMachineStat(text: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = text
    .slice(0, text.indexOf('\n'))
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return user + nice + system + irq + softirq + steal;
}

export interface Memory {
  /** Everything resident, pages of mapped files included. */
  readonly residentBytes: number;
  /** Without mapped files. */
  readonly anonymousBytes: number;
}

export function memoryOf(pid: number): Memory {
  return parseMemory(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

export function parseMemory(status: string): Memory {
  const read = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { residentBytes: read('VmRSS'), anonymousBytes: read('RssAnon') };
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
