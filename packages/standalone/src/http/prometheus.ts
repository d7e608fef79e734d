import type { Gauge } from '@cometmq/runtime';

const escapeLabel = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function labelText(labels: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(labels ?? {});
  return entries.length === 0 ? '' : `{${entries.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',')}}`;
}

/** The text exposition format, version 0.0.4, of all gauges; each is read now. */
export function formatPrometheus(gauges: readonly Gauge[]): string {
  const lines: string[] = [];
  const described = new Set<string>();
  for (const gauge of gauges) {
    if (!described.has(gauge.name)) {
      described.add(gauge.name);
      lines.push(`# HELP ${gauge.name} ${gauge.help.replaceAll('\n', ' ')}`, `# TYPE ${gauge.name} ${gauge.kind}`);
    }
    for (const { labels, value } of gauge.read()) lines.push(`${gauge.name}${labelText(labels)} ${value}`);
  }
  return `${lines.join('\n')}\n`;
}
