import { freePorts } from '@cometmq/conformance/dist/free-ports.js';
import { classPath } from '@cometmq/conformance/dist/maven.js';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChildProgram } from '../process/child-program.js';
import { until } from '../process/until.js';
import { benchServer, type BenchServer, type Flush, makeHome, orStop, type ServerHome } from './bench-server.js';
import { acceptsMessages, nameServerAnswers } from './rocketmq-ready.js';

/** The broker reaches into the JDK for its mapped files; without these it does not start on Java 17. */
const openedModules = [
  '--add-opens=java.base/java.nio=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
];
/** As in Apache's start scripts, but for the heap of 8 GiB that is touched at the start: here it is 2 GiB, touched when used. */
const brokerMemory = [
  '-server',
  '-Xms2g',
  '-Xmx2g',
  '-XX:+UseG1GC',
  '-XX:G1HeapRegionSize=16m',
  '-XX:G1ReservePercent=25',
  '-XX:InitiatingHeapOccupancyPercent=30',
  '-XX:SoftRefLRUPolicyMSPerMB=0',
  '-XX:MaxDirectMemorySize=4g',
];
const nameServerMemory = ['-server', '-Xms512m', '-Xmx512m', '-XX:+UseG1GC'];

/** Apache RocketMQ 5.3.3 with its default settings: a name server and a broker, a process each. */
export async function startApache(flush: Flush): Promise<BenchServer> {
  const jars = await classPath('servers');
  const home = makeHome('apache');
  const port = await freePorts(5);
  const namesrv = `127.0.0.1:${port}`;
  const programs: ChildProgram[] = [];
  return orStop(programs, home, async () => {
    const started = performance.now();
    programs.push(startNameServer(jars, home, port));
    await until(programs, () => nameServerAnswers(namesrv));
    programs.push(startBroker({ jars, home, namesrv, port: port + 3, flush }));
    await until(programs, () => acceptsMessages(namesrv, `127.0.0.1:${port + 3}`));
    return benchServer(namesrv, performance.now() - started, programs, home);
  });
}

function startNameServer(jars: string, home: ServerHome, port: number): ChildProgram {
  const config = writeConfig(home, 'namesrv.conf', { listenPort: String(port) });
  const program = ['org.apache.rocketmq.namesrv.NamesrvStartup', '-c', config];
  return java(home, 'namesrv', [...nameServerMemory, '-cp', jars, ...program]);
}

interface BrokerPlace {
  readonly jars: string;
  readonly home: ServerHome;
  readonly namesrv: string;
  readonly port: number;
  readonly flush: Flush;
}

function startBroker({ jars, home, namesrv, port, flush }: BrokerPlace): ChildProgram {
  const config = writeConfig(home, 'broker.conf', {
    brokerClusterName: 'DefaultCluster',
    brokerName: 'broker-a',
    brokerId: '0',
    brokerIP1: '127.0.0.1',
    listenPort: String(port),
    haListenPort: String(port + 1),
    storePathRootDir: join(home.directory, 'store'),
    autoCreateTopicEnable: 'true',
    flushDiskType: flush === 'sync' ? 'SYNC_FLUSH' : 'ASYNC_FLUSH',
  });
  const program = ['org.apache.rocketmq.broker.BrokerStartup', '-c', config, '-n', namesrv];
  return java(home, 'broker', [...brokerMemory, ...openedModules, '-cp', jars, ...program]);
}

function writeConfig(home: ServerHome, name: string, values: Readonly<Record<string, string>>): string {
  const file = join(home.directory, name);
  writeFileSync(
    file,
    Object.entries(values)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  return file;
}

function java(home: ServerHome, name: string, args: readonly string[]): ChildProgram {
  return new ChildProgram('java', [`-Duser.home=${home.directory}`, ...args], {
    cwd: home.directory,
    env: { ROCKETMQ_HOME: home.directory, HOME: home.directory },
    log: join(home.directory, 'logs', `${name}.out`),
  });
}
