import { parseArgs } from 'node:util';
import { aliOnsClient } from './ali-ons.js';
import { apacheServers, apacheServersWithAcl } from './apache-servers.js';
import type { Client, Row } from './client.js';
import { cometServer } from './comet-server.js';
import { javaClient } from './java-client.js';
import { sdkAclClient, sdkTcpClient, sdkWithJava, sdkWsClient } from './sdk.js';
import type { ServerKind } from './server.js';
import { exchangeStores } from './stores.js';
import { compare, format, isPassed, type Entry } from './table.js';
import { missingPackages } from './tool-check.js';

const serverKinds: readonly ServerKind[] = [apacheServers, cometServer];

const clientKinds: readonly Client[] = [
  javaClient('java-4.9.8', { module: 'client-4.9.8', serialize: 'json' }),
  javaClient('java-4.9.8-binary', { module: 'client-4.9.8', serialize: 'rocketmq' }),
  javaClient('java-5.3.3', { module: 'client-5.3.3', serialize: 'json' }),
  javaClient('java-5.3.3-binary', { module: 'client-5.3.3', serialize: 'rocketmq' }),
  aliOnsClient,
  sdkTcpClient,
  sdkWsClient,
  sdkWithJava('sdk-java-4.9.8', 'client-4.9.8'),
  sdkWithJava('sdk-java-5.3.3', 'client-5.3.3'),
  // Our server has no access control yet.
  sdkAclClient({ apache: apacheServersWithAcl }),
];

const usage = `Runs official RocketMQ clients against Apache's servers and ours and compares what they saw.

  --servers apache,comet   which servers (default: both)
  --clients a,b            ${clientKinds.map(({ name }) => name).join(', ')} (default: all)
  --only a,b               scenarios or families of scenarios
  --stores                 instead of clients: store directories that change hands between the brokers, both ways
  --details                print the facts of rows that passed, too
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      servers: { type: 'string' },
      clients: { type: 'string' },
      only: { type: 'string' },
      stores: { type: 'boolean', default: false },
      details: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const servers = pick('server', serverKinds, values.servers);
  const clients = pick('client', clientKinds, values.clients);
  if (values.stores) {
    return stores();
  }
  const missing = [...servers, ...clients].some(({ needsJava }) => needsJava) ? missingPackages() : [];
  if (missing.length > 0) {
    process.stderr.write(`Not installed, but needed here. On Debian: apt-get install ${missing.join(' ')}\n`);
    return 2;
  }
  const entries: Entry[] = [];
  const only = list(values.only);
  for (const kind of servers) {
    for (const { server, users } of sharing(kind, clients)) {
      await runOn(server, users, only, (client, row) => entries.push({ server: kind.name, client, row }));
    }
  }
  const runsOn = (client: string, server: string): boolean =>
    clients.every(({ name, on }) => name !== client || on === undefined || Object.hasOwn(on, server));
  const lines = compare(
    entries,
    servers.map(({ name }) => name),
    runsOn,
  );
  process.stdout.write(
    format(
      lines,
      servers.map(({ name }) => name),
      values.details,
    ),
  );
  return lines.length > 0 && lines.every(isPassed) ? 0 : 1;
}

/** The servers to start for a column of the table: the usual one, and those of clients that need their own. */
function sharing(kind: ServerKind, clients: readonly Client[]): { server: ServerKind; users: readonly Client[] }[] {
  const usual = clients.filter(({ on }) => on === undefined);
  const own = clients.flatMap((client) => {
    const server = client.on?.[kind.name];
    return server === undefined ? [] : [{ server, users: [client] }];
  });
  return [...(usual.length === 0 ? [] : [{ server: kind, users: usual }]), ...own];
}

/** Store directories between Apache's broker and ours, in both directions. */
async function stores(): Promise<number> {
  const missing = missingPackages();
  if (missing.length > 0) {
    process.stderr.write(`Not installed, but needed here. On Debian: apt-get install ${missing.join(' ')}\n`);
    return 2;
  }
  let failed = 0;
  const report = (scenario: string, problem: string): void => {
    failed += problem === '' ? 0 : 1;
    process.stdout.write(`${problem === '' ? 'ok  ' : 'FAIL'} ${scenario}${problem === '' ? '' : `: ${problem}`}\n`);
  };
  await exchangeStores(cometServer, apacheServers, report);
  await exchangeStores(apacheServers, cometServer, report);
  return failed === 0 ? 0 : 1;
}

/** One server after the other and one client after the other: they would only take each other's processor time. */
async function runOn(
  kind: ServerKind,
  clients: readonly Client[],
  only: readonly string[],
  onRow: (client: string, row: Row) => void,
): Promise<void> {
  let failed = false;
  const report = (client: string, row: Row): void => {
    failed ||= !row.ok;
    onRow(client, row);
  };
  const server = await kind.start().catch((error: unknown) => {
    // Without a server every client has lost, and says so in the table.
    clients.forEach(({ name }) => report(name, brokenDown(error)));
    return undefined;
  });
  if (!server) {
    return;
  }
  for (const [client, names] of programs(kind, clients)) {
    const start = performance.now();
    let count = 0;
    const reportAll = (row: Row): void => {
      count++;
      names.forEach((name) => report(name, row));
    };
    await client
      .run({ namesrv: server.namesrv, only }, reportAll)
      .catch((error: unknown) => reportAll(brokenDown(error)));
    process.stderr.write(`${client.name} on ${kind.name}: ${count} rows in ${seconds(performance.now() - start)}\n`);
  }
  await server.stop(failed).catch((error: unknown) => report('(server)', brokenDown(error)));
  if (failed) {
    process.stderr.write(`logs of ${kind.name}: ${server.logs}\n`);
  }
}

/** What has to run on a server, each with the clients whose rows it gives. */
function programs(kind: ServerKind, clients: readonly Client[]): Map<Client, string[]> {
  const running = new Map<Client, string[]>();
  for (const client of clients) {
    const program = client.standIn?.server === kind.name ? client.standIn.client : client;
    running.set(program, [...(running.get(program) ?? []), client.name]);
  }
  return running;
}

function brokenDown(error: unknown): Row {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return { scenario: 'run', ok: false, detail: `${String(error)}${cause}`, ms: 0 };
}

function pick<K extends { readonly name: string }>(what: string, kinds: readonly K[], names: string | undefined): K[] {
  return names === undefined
    ? [...kinds]
    : list(names).map((name) => {
        const kind = kinds.find((candidate) => candidate.name === name);
        if (!kind) {
          throw new Error(`no ${what} is called ${name}; there are ${kinds.map((k) => k.name).join(', ')}`);
        }
        return kind;
      });
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((part) => part !== '');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
