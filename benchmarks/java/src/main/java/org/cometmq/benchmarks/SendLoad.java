package org.cometmq.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;

/** Sends with one producer, which is what the threads of an application share. */
final class SendLoad implements AutoCloseable {
    private static final int BATCH = 32;
    private final DefaultMQProducer producer;

    SendLoad(String namesrv) throws Exception {
        producer = new DefaultMQProducer("benchmark-producer");
        producer.setNamesrvAddr(namesrv);
        producer.setInstanceName("load-" + ProcessHandle.current().pid());
        producer.setSendMsgTimeout(10_000);
        producer.setRetryTimesWhenSendFailed(0);
        producer.setRetryTimesWhenSendAsyncFailed(0);
        producer.start();
    }

    Outcome sync(Main.Order order) throws Exception {
        byte[] body = body(order.size());
        return threads(order, 1, () -> stored(producer.send(new Message(order.topic(), body))));
    }

    Outcome batch(Main.Order order) throws Exception {
        byte[] body = body(order.size());
        return threads(order, BATCH, () -> {
            List<Message> messages = new ArrayList<>(BATCH);
            for (int i = 0; i < BATCH; i++) {
                messages.add(new Message(order.topic(), body));
            }
            return stored(producer.send(messages));
        });
    }

    /** One thread sends, at most `width` messages have no answer yet. */
    Outcome async(Main.Order order) throws Exception {
        byte[] body = body(order.size());
        Latencies latencies = new Latencies();
        AtomicLong done = new AtomicLong();
        AtomicLong errors = new AtomicLong();
        Semaphore room = new Semaphore(order.width());
        long start = System.nanoTime();
        long end = start + order.ms() * 1_000_000L;
        for (int sent = 0; sent < order.count() && System.nanoTime() < end; sent++) {
            room.acquire();
            long begin = System.nanoTime();
            producer.send(new Message(order.topic(), body), new SendCallback() {
                @Override
                public void onSuccess(SendResult result) {
                    latencies.add(System.nanoTime() - begin);
                    (stored(result) ? done : errors).incrementAndGet();
                    room.release();
                }

                @Override
                public void onException(Throwable e) {
                    errors.incrementAndGet();
                    room.release();
                }
            });
        }
        room.acquire(order.width());
        return new Outcome(done.get(), errors.get(), (System.nanoTime() - start) / 1e9, latencies.all());
    }

    private interface Send {
        boolean run() throws Exception;
    }

    private static Outcome threads(Main.Order order, int messagesPerSend, Send send) throws Exception {
        Latencies latencies = new Latencies();
        AtomicLong left = new AtomicLong(order.count() / messagesPerSend);
        AtomicLong done = new AtomicLong();
        AtomicLong errors = new AtomicLong();
        long start = System.nanoTime();
        long end = start + order.ms() * 1_000_000L;
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < order.width(); i++) {
            threads.add(new Thread(() -> {
                long begin = System.nanoTime();
                while (begin < end && left.getAndDecrement() > 0) {
                    boolean ok;
                    try {
                        ok = send.run();
                    } catch (Exception e) {
                        ok = false;
                    }
                    long now = System.nanoTime();
                    latencies.add(now - begin);
                    (ok ? done : errors).addAndGet(messagesPerSend);
                    begin = now;
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        return new Outcome(done.get(), errors.get(), (System.nanoTime() - start) / 1e9, latencies.all());
    }

    private static boolean stored(SendResult result) {
        return result.getSendStatus() == SendStatus.SEND_OK;
    }

    private static byte[] body(int size) {
        byte[] body = new byte[size];
        Arrays.fill(body, (byte) 'x');
        return body;
    }

    @Override
    public void close() {
        producer.shutdown();
    }
}
