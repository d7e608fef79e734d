// The page's program: the same SDK as on a server, over a WebSocket to the broker itself.
import { type MessageView, RocketMQ, type SendOptions } from '@cometmq/sdk';

interface Note {
  readonly text: string;
  readonly sentAt: number;
}

const TOPIC = 'browser-notes';
const SHOWN = 12;

const element = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E;
const state = element('state');
const text = element<HTMLInputElement>('text');
const counts = { sent: 0, received: 0 };
const perQueue = new Map<number, number>();

function showState(name: string): void {
  state.dataset['state'] = name;
  state.textContent = name;
}

function showQueues(): void {
  const most = Math.max(1, ...perQueue.values());
  const rows = [...perQueue]
    .toSorted(([a], [b]) => a - b)
    .map(([id, count]) => {
      const row = document.createElement('li');
      const bar = document.createElement('b');
      bar.style.setProperty('--share', String(count / most));
      const [name, total] = [document.createElement('span'), document.createElement('span')];
      name.textContent = String(id);
      total.textContent = String(count);
      row.append(name, bar, total);
      return row;
    });
  element('queues').replaceChildren(...rows);
}

function showMessage({ body, tags, shardingKey, queue, queueOffset }: MessageView<Note>): void {
  counts.received++;
  perQueue.set(queue.queueId, (perQueue.get(queue.queueId) ?? 0) + 1);
  element('received').textContent = String(counts.received);
  element('took').textContent = `${Math.max(0, Date.now() - body.sentAt)} ms`;
  const row = document.createElement('li');
  const [said, place, about] = [
    document.createElement('span'),
    document.createElement('small'),
    document.createElement('small'),
  ];
  said.textContent = body.text;
  place.textContent = `queue ${queue.queueId} · ${queueOffset}`;
  about.textContent = [tags, shardingKey && `key ${shardingKey}`].filter(Boolean).join(', ');
  row.append(said, place, about);
  const list = element('messages');
  list.prepend(row);
  while (list.children.length > SHOWN) list.lastElementChild!.remove();
  showQueues();
}

async function start(): Promise<void> {
  const mq = await RocketMQ.connect({
    namesrv: document.documentElement.dataset['namesrv'] ?? `ws://${location.hostname}:9876`,
  });
  mq.status$.subscribe(({ state: name }) => showState(name));
  addEventListener('pagehide', () => void mq.close());

  // Broadcasting: every open page gets every message.
  const consumer = mq.pushConsumer({ group: 'browser-pages', model: 'broadcasting', consumeFrom: 'last' });
  consumer.subscribe<Note>(TOPIC, showMessage);
  await consumer.start();

  const producer = mq.producer();
  const note = (content: string): Note => ({ text: content, sentAt: Date.now() });
  const report = async (sending: Promise<unknown>, count: number): Promise<void> => {
    try {
      await sending;
      counts.sent += count;
      element('sent').textContent = String(counts.sent);
    } catch (error) {
      showState('failed');
      state.title = String(error);
    }
  };
  element('form').addEventListener('submit', (event) => {
    event.preventDefault();
    const key = element<HTMLInputElement>('key').value;
    const options: SendOptions<Note> = {
      tags: element<HTMLSelectElement>('tag').value,
      ...(key !== '' && { shardingKey: key }),
    };
    void report(producer.send(TOPIC, note(text.value), options), 1);
  });
  element('many').addEventListener('click', () => {
    const notes = Array.from({ length: 100 }, (_, n) => ({
      topic: TOPIC,
      body: note(`${text.value} ${n + 1}`),
      tags: 'news',
    }));
    void report(producer.sendBatch(notes), notes.length);
  });
}

start().catch((error: unknown) => {
  showState('failed');
  state.title = String(error);
});
