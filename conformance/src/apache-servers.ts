import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from './free-ports.js';
import { classPath } from './maven.js';
import { tlsIdentity } from './paths.js';
import { Program } from './program.js';
import { probe } from './remoting-probe.js';
import { brokerOptions, type Place, type Server, type ServerKind } from './server.js';
import { seed } from './topic-seed.js';

const getRouteInfoByTopic = 105;
const topicNotExist = 17;
const noPermission = 16;
const getMaxOffset = 30;
const startDeadlineMs = 90_000;
const stopGraceMs = 5000;
/** For a broker whose store goes on elsewhere: it has to end in order. */
const cleanStopMs = 60_000;

/** The broker reaches into the JDK for its mapped files; without these it does not start on Java 17. */
const openedModules = [
  '--add-opens=java.base/java.nio=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
];

/** Apache RocketMQ 5.3.3: a name server and a broker, from Maven Central's jars. */
export const apacheServers: ServerKind = { name: 'apache', needsJava: true, start: (place) => start({}, place) };

/** The one who may do everything on the broker of `apacheServersWithAcl`. */
export const aclUser = { accessKey: 'conformance', secretKey: 'not-a-secret' } as const;

/** The same with access control (ACL 2.0): the broker refuses requests that are not signed by a user it knows. */
export const apacheServersWithAcl: ServerKind = {
  name: 'apache with ACL',
  needsJava: true,
  start: () =>
    start({
      authenticationEnabled: 'true',
      authenticationProvider: 'org.apache.rocketmq.auth.authentication.provider.DefaultAuthenticationProvider',
      authenticationMetadataProvider:
        'org.apache.rocketmq.auth.authentication.provider.LocalAuthenticationMetadataProvider',
      initAuthenticationUser: JSON.stringify({ username: aclUser.accessKey, password: aclUser.secretKey }),
      innerClientAuthenticationCredentials: JSON.stringify({ accessKey: 'inner', secretKey: 'not-a-secret-either' }),
    }),
};

async function start(extra: Readonly<Record<string, string>>, place?: Place): Promise<Server> {
  const jars = await classPath('servers');
  const home = mkdtempSync(join(tmpdir(), 'cometmq-conformance-apache-'));
  const logs = join(home, 'logs');
  mkdirSync(logs);
  const first = await freePorts(5);
  const namesrv = `127.0.0.1:${first}`;
  const brokerPort = first + 3;
  const programs: Program[] = [];
  const server: Server = {
    namesrv,
    broker: `127.0.0.1:${brokerPort}`,
    logs,
    async stop(keep) {
      for (const program of programs.toReversed()) {
        await program.stop(place === undefined ? stopGraceMs : cleanStopMs);
      }
      if (!keep) {
        rmSync(home, { recursive: true, force: true });
      }
    },
    async kill() {
      await programs.at(-1)?.kill();
      await programs[0]?.stop(stopGraceMs);
      rmSync(home, { recursive: true, force: true });
    },
  };
  try {
    const ready = place === undefined ? acceptsMessages : answersQuestions;
    programs.push(startNameServer(jars, home, first));
    await until(programs, async () => (await routeCode(namesrv)) === topicNotExist);
    programs.push(startBroker(jars, home, namesrv, brokerPort, extra, place));
    await until(programs, () => ready(namesrv, `127.0.0.1:${brokerPort}`));
    return server;
  } catch (error) {
    await server.stop(true);
    throw new Error(`Apache's servers did not start: see ${logs}`, { cause: error });
  }
}

function startNameServer(jars: string, home: string, port: number): Program {
  const config = join(home, 'namesrv.conf');
  writeFileSync(config, `listenPort=${port}\n`);
  const memory = ['-Xms128m', '-Xmx128m'];
  return java(home, 'namesrv', [...memory, '-cp', jars, 'org.apache.rocketmq.namesrv.NamesrvStartup', '-c', config]);
}

function startBroker(
  jars: string,
  home: string,
  namesrv: string,
  port: number,
  extra: Readonly<Record<string, string>>,
  place?: Place,
): Program {
  const config = join(home, 'broker.conf');
  const lines = Object.entries({
    ...brokerOptions,
    ...brokerConfig(home, port),
    ...extra,
    ...(place === undefined ? {} : { ...place.settings, storePathRootDir: place.store }),
  }).map((entry) => entry.join('='));
  writeFileSync(config, `${lines.join('\n')}\n`);
  const memory = ['-Xms512m', '-Xmx512m', '-Xmn256m', '-XX:MaxDirectMemorySize=512m'];
  return java(home, 'broker', [
    ...memory,
    ...openedModules,
    // A developer's disk may be fuller than a broker likes; these stores are small and go away.
    '-Drocketmq.broker.diskSpaceWarningLevelRatio=0.99',
    '-cp',
    jars,
    'org.apache.rocketmq.broker.BrokerStartup',
    '-c',
    config,
    '-n',
    namesrv,
  ]);
}

function brokerConfig(home: string, port: number): Record<string, string> {
  return {
    brokerClusterName: 'DefaultCluster',
    brokerName: 'broker-a',
    brokerId: '0',
    brokerIP1: '127.0.0.1',
    listenPort: String(port),
    haListenPort: String(port + 1),
    storePathRootDir: join(home, 'store'),
    // Small files: hundreds of queues are made in one run.
    mappedFileSizeCommitLog: String(100 * 1024 * 1024),
    mappedFileSizeConsumeQueue: String(20 * 10_000),
    maxHashSlotNum: '50000',
    maxIndexNum: '200000',
    diskMaxUsedSpaceRatio: '95',
    // On a busy machine a message may wait longer than the 200 ms after which it would be refused.
    brokerFastFailureEnable: 'false',
    osPageCacheBusyTimeOutMills: '10000',
  };
}

function java(home: string, name: string, args: readonly string[]): Program {
  // TLS and plain connections on the same port, which is Apache's default; only the certificate is ours.
  const tls = [
    '-Dtls.test.mode.enable=false',
    `-Dtls.server.certPath=${tlsIdentity.certificate}`,
    `-Dtls.server.keyPath=${tlsIdentity.key}`,
  ];
  return Program.start('java', [`-Duser.home=${home}`, '-XX:+UseSerialGC', ...tls, ...args], {
    cwd: home,
    env: { ROCKETMQ_HOME: home, HOME: home },
    log: join(home, 'logs', `${name}.out`),
  });
}

/** Without a message being sent: its store is looked at. */
async function answersQuestions(namesrv: string, broker: string): Promise<boolean> {
  if ((await routeCode(namesrv)) !== 0) {
    return false;
  }
  const answer = probe(broker, getMaxOffset, { topic: 'TBW102', queueId: '0' });
  return (await answered(answer.then(({ code }) => code))) === 0;
}

/** A broker listens before it is in the routes, and is in the routes before it takes messages. */
async function acceptsMessages(namesrv: string, broker: string): Promise<boolean> {
  if ((await routeCode(namesrv)) !== 0) {
    return false;
  }
  const code = await answered(seed(broker, 'conformance-start', 1));
  return code === 0 || code === noPermission;
}

/** The answer's code; undefined when there was none. */
async function answered(answer: Promise<number>): Promise<number | undefined> {
  return answer.catch(() => undefined);
}

async function routeCode(namesrv: string): Promise<number | undefined> {
  return answered(probe(namesrv, getRouteInfoByTopic, { topic: 'TBW102' }).then(({ code }) => code));
}

async function until(programs: readonly Program[], condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + startDeadlineMs;
  const died = Promise.race(programs.map(async (program) => `a server ended with ${await program.ended}`));
  while (!(await condition())) {
    const state = await Promise.race([died, sleep(100, '')]);
    if (state !== '') {
      throw new Error(state);
    }
    if (Date.now() > end) {
      throw new Error(`not ready after ${startDeadlineMs} ms`);
    }
  }
}
