/** The 99.9th percentile of the delay of the server's event loop, when its metrics page has it. */
export async function eventLoopDelayMs(address: string): Promise<number | undefined> {
  const page = await (await fetch(`http://${address}/metrics`)).text();
  return parseEventLoopDelayMs(page);
}

/** Reads any gauge in seconds that names the event loop and the percentile. */
export function parseEventLoopDelayMs(page: string): number | undefined {
  const line = page
    .split('\n')
    .find((candidate) => /^\w*event_?loop\w*/.test(candidate) && /p999|quantile="0\.999"/.test(candidate));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1)) * 1000;
}
