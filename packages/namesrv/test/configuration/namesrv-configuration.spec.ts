import { getNamesrvConfig, updateNamesrvConfig } from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import { OptionsError, silentLogger } from '@cometmq/runtime';
import { namesrvOptions, readNameServerOptions } from '../../src/configuration/namesrv-options.js';
import { TestNameServer } from '../harness.js';

const PATH = '/home/namesrv/namesrv.properties';
const bytes = (content: string) => new TextEncoder().encode(content);
const update = (server: TestNameServer, content: string) =>
  server.ask(updateNamesrvConfig, {}, { body: bytes(content) });
const settings = async (server: TestNameServer) =>
  Object.fromEntries(
    new TextDecoder()
      .decode((await server.ask(getNamesrvConfig, {})).body)
      .trimEnd()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

describe('settings', () => {
  it('are all shown, with the defaults of Apache', async () => {
    const server = await new TestNameServer().start();
    const shown = await settings(server);
    expect(shown).toMatchObject({
      configBlackList: 'configBlackList;configStorePath;kvConfigPath',
      kvConfigPath: '/home/namesrv/kvConfig.json',
      scanNotActiveBrokerInterval: '5000',
      waitSecondsForService: '45',
      returnOrderTopicConfigToBroker: 'true',
      supportActingMaster: 'false',
    });
    expect(Object.keys(shown)).toEqual(Object.keys(namesrvOptions).toSorted());
  });

  it('are changed for good', async () => {
    const server = await new TestNameServer().start();
    expect(
      (await update(server, 'orderMessageEnable=true\nscanNotActiveBrokerInterval = 1000\nunknownKey=1\n')).code,
    ).toBe(0);
    expect(await settings(server)).toMatchObject({ orderMessageEnable: 'true', scanNotActiveBrokerInterval: '1000' });
    const next = await new TestNameServer({}, { before: server }).start();
    expect(await settings(next)).toMatchObject({ orderMessageEnable: 'true', scanNotActiveBrokerInterval: '1000' });
  });

  it('are changed beside what people have written into the file', async () => {
    const before = new TestNameServer();
    const disk = before.simDisk.mount();
    disk.makeDirectorySync('/home/namesrv');
    disk.writeFileSync(PATH, bytes('# ours\nlistenPort=9876\nenableTopicList=false\nkvConfigPath=/elsewhere\n'));
    const server = await new TestNameServer({}, { before }).start();
    expect(await settings(server)).toMatchObject({
      enableTopicList: 'false',
      kvConfigPath: '/home/namesrv/kvConfig.json',
    });
    await update(server, 'supportActingMaster=true');
    const file = new TextDecoder().decode(server.simDisk.mount().readFileSync(PATH));
    expect(file.split('\n').toSorted()).toEqual(
      [
        '',
        'enableTopicList=false',
        'kvConfigPath=/elsewhere',
        'listenPort=9876',
        'supportActingMaster=true',
      ].toSorted(),
    );
  });

  it.each([
    'kvConfigPath=/x',
    'configStorePath=/x',
    'rocketmqHome=/x',
    'configBlackList=',
    'enableTopicList=false\nkvConfigPath=/x',
  ])('on the black list are refused, with all that comes with them: %s', async (content) => {
    const server = await new TestNameServer().start();
    const before = await settings(server);
    expect(await update(server, content)).toMatchObject({ code: 16, remark: 'Can not update config in black list.' });
    expect(await settings(server)).toEqual(before);
  });

  it('put on the black list by the operator are refused, too', async () => {
    const server = await new TestNameServer({ configBlackList: ['orderMessageEnable'] }).start();
    expect((await update(server, 'orderMessageEnable=true')).code).toBe(16);
  });

  it.each([
    'orderMessageEnable=maybe',
    'waitSecondsForService=soon',
    'waitSecondsForService=-1',
    'scanNotActiveBrokerInterval=1',
  ])('that make no sense are refused with a reason, and nothing is changed: %s', async (content) => {
    const server = await new TestNameServer().start();
    const before = await settings(server);
    const answer = await update(server, `enableTopicList=false\n${content}`);
    expect(answer.code).toBe(1);
    expect(answer.remark).toContain(content.slice(0, content.indexOf('=')));
    expect(await settings(server)).toEqual(before);
  });

  it('that cannot be written are not changed', async () => {
    const server = await new TestNameServer().start();
    server.simDisk.plan({ operation: 'write', path: 'namesrv.properties', code: 'NO_SPACE' });
    expect((await update(server, 'orderMessageEnable=true')).code).toBe(1);
    expect(await settings(server)).toMatchObject({ orderMessageEnable: 'false' });
  });

  it('are no novel', async () => {
    const server = await new TestNameServer().start();
    const answer = await update(server, `orderMessageEnable=true\n${'#'.repeat(100_000)}`);
    expect(answer.code).toBe(1);
    expect(answer.remark).toContain('at most 65536');
  });

  it('are checked before anything is built', () => {
    expect(() => new TestNameServer({ scanNotActiveBrokerInterval: 0 })).toThrow(OptionsError);
    expect(
      readNameServerOptions(
        { orderMessageEnable: 'TRUE', waitSecondsForService: ' 3 ', listenPort: '1' },
        silentLogger,
      ),
    ).toEqual({
      orderMessageEnable: true,
      waitSecondsForService: 3,
    });
  });
});
