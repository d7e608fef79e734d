import type { CloseStack, Meter, Ports } from '@cometmq/runtime';

/** The metrics page tells of the process, too, as long as the server is open. */
export function watchProcess(meter: Meter, ports: Pick<Ports, 'watchProcess'>, closing: CloseStack): void {
  const watch = ports.watchProcess?.();
  if (watch === undefined) return;
  for (const gauge of watch.gauges) meter.register(gauge);
  closing.push('process gauges', () => watch.close());
}
