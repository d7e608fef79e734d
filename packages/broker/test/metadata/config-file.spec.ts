import { type TopicConfigSerializeWrapper, topicConfigSerializeWrapper } from '@cometmq/protocol';
import { type Disk, encodeUtf8, seededRandom, silentLogger, VirtualClock } from '@cometmq/runtime';
import { memoryDisk } from '@cometmq/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConfigFile, ConfigFileError } from '../../src/metadata/config-file.js';
import { plainTopic } from '../../src/topics/topic-config.js';
import { during } from '../broker-harness.js';

const PATH = '/config/topics.json';

function content(counter: number): TopicConfigSerializeWrapper {
  return {
    dataVersion: { counter, stateVersion: 0, timestamp: 5 },
    topicConfigTable: new Map([['T', plainTopic('T', 3)]]),
  };
}

describe('a config file', () => {
  let clock: VirtualClock;
  let disk: Disk;
  let file: ConfigFile<TopicConfigSerializeWrapper>;

  beforeEach(() => {
    clock = new VirtualClock();
    disk = memoryDisk(clock, seededRandom(1));
    disk.makeDirectorySync('/config');
    file = new ConfigFile(PATH, topicConfigSerializeWrapper, disk, silentLogger);
  });
  const save = (counter: number) =>
    during(
      clock,
      file.save(() => content(counter)),
    );
  const write = (path: string, text: string) => disk.writeFileSync(path, encodeUtf8(text));

  it('is undefined when it was never written', () => expect(file.load()).toBeUndefined());

  it('stands as Apache writes it, the old content in the backup', async () => {
    await save(1);
    await save(2);
    const text = Buffer.from(disk.readFileSync(PATH)!).toString();
    expect(text.slice(0, 59)).toBe('{\n\t"dataVersion":{\n\t\t"counter":2,\n\t\t"stateVersion":0,\n\t\t"ti');
    expect(text).toContain('\n\t"topicConfigTable":{\n\t\t"T":{\n\t\t\t"attributes":{},\n\t\t\t"order":false,');
    expect(file.load()).toEqual(content(2));
    write(PATH, '{"dataVersion":');
    expect(file.load()).toEqual(content(1));
  });

  it('keeps a damaged file for people and reads the backup, also when the file is gone', async () => {
    await save(1);
    await save(2);
    write(PATH, 'garbage');
    expect(file.load()?.dataVersion.counter).toBe(1);
    expect(Buffer.from(disk.readFileSync(`${PATH}.damaged`)!).toString()).toBe('garbage');
    expect(file.load()?.dataVersion.counter).toBe(1);
  });

  it('starts with defaults when the file is damaged and there is no backup', () => {
    write(PATH, '\u0000\u0000');
    expect(file.load()).toBeUndefined();
  });

  it('refuses when file and backup are damaged', () => {
    write(PATH, '[');
    write(`${PATH}.bak`, '[');
    expect(() => file.load()).toThrow(ConfigFileError);
  });

  it('shares a write between those who ask while one runs, and writes the newest content', async () => {
    let counter = 0;
    let renders = 0;
    const asked = Array.from({ length: 20 }, () => {
      counter++;
      return file.save(() => {
        renders++;
        return content(counter);
      });
    });
    await during(clock, Promise.all(asked));
    expect(renders).toBe(2);
    expect(file.load()?.dataVersion.counter).toBe(20);
  });

  it('can be saved again after a failure', async () => {
    const failing = new ConfigFile(
      PATH,
      topicConfigSerializeWrapper,
      {
        ...disk,
        statSync: () => undefined,
        replaceFile: () => Promise.reject(new Error('no space')),
      } as unknown as Disk,
      silentLogger,
    );
    await expect(failing.save(() => content(1))).rejects.toThrow('no space');
    await expect(failing.save(() => content(1))).rejects.toThrow('no space');
    await save(3);
    expect(file.load()?.dataVersion.counter).toBe(3);
  });
});
