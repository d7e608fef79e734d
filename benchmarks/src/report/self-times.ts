/** The parts of V8's format that are read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  readonly name: string;
  /** File from its package on, and line. */
  readonly place: string;
  readonly us: number;
}

const idle = '(idle)';

/** Time that each function spent itself, longest first. `busyUs` is everything but idling. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): { busyUs: number; functions: SelfTime[] } {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const times = new Map<string, SelfTime>();
  let busyUs = 0;
  for (const [index, id] of samples.entries()) {
    const frame = byId.get(id);
    const us = timeDeltas[index] ?? 0;
    if (frame === undefined || frame.functionName === idle) continue;
    busyUs += us;
    const place = frame.url === '' ? '' : `${shortPlace(frame.url)}:${frame.lineNumber + 1}`;
    const name = frame.functionName || '(anonymous)';
    const key = `${name} ${place}`;
    times.set(key, { name, place, us: (times.get(key)?.us ?? 0) + us });
  }
  return { busyUs, functions: [...times.values()].toSorted((a, b) => b.us - a.us) };
}

function shortPlace(url: string): string {
  const path = url.replace(/^file:\/\//, '');
  return /.*\/(?:packages|node_modules)\/(.+)$/.exec(path)?.[1] ?? path;
}
