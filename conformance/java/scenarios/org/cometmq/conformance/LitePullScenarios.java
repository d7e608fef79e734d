package org.cometmq.conformance;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** The lite pull consumer: subscribed or assigned, polled by the program. */
final class LitePullScenarios {
    private LitePullScenarios() {
    }

    static void register(Registry registry) {
        registry.add("lite-pull/subscribe-and-commit", LitePullScenarios::subscribeAndCommit);
        registry.add("lite-pull/tags", LitePullScenarios::tags);
        registry.add("lite-pull/assign-and-seek", LitePullScenarios::assignAndSeek);
        registry.add("lite-pull/seek-by-time", LitePullScenarios::seekByTime);
        registry.add("lite-pull/pause-resume", LitePullScenarios::pauseResume);
    }

    private static void subscribeAndCommit(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4).send(20);
        topic.storedUpTo(20);
        DefaultLitePullConsumer first = context.litePullConsumer("g");
        first.subscribe(topic.name, "*");
        first.start();
        facts.expect("first", 20, poll(first, 20).size());
        Map<MessageQueue, Long> ends = new HashMap<>();
        for (MessageQueue queue : topic.queues()) {
            ends.put(queue, 5L);
        }
        first.commitSync(ends, true);
        facts.expect("committed", true, Wait.until(10, () -> committed(first, topic) == 20));
        first.shutdown();
        topic.send(8);
        DefaultLitePullConsumer second = context.litePullConsumer("g");
        second.subscribe(topic.name, "*");
        second.start();
        facts.expect("second", Bodies.range(20, 28), String.join(",", new TreeSet<>(poll(second, 8))));
    }

    private static void tags(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 2).send(5, "a").send(5, "b").send(5, "c");
        topic.storedUpTo(15);
        DefaultLitePullConsumer consumer = context.litePullConsumer("g");
        consumer.subscribe(topic.name, "a || c");
        consumer.start();
        Set<String> seen = poll(consumer, 10);
        facts.expect("seen", "m0,m1,m10,m11,m12,m13,m14,m2,m3,m4", String.join(",", new TreeSet<>(seen)));
    }

    private static void assignAndSeek(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(10);
        topic.storedUpTo(10);
        MessageQueue queue = topic.queue(0);
        DefaultLitePullConsumer consumer = context.litePullConsumer("g");
        consumer.start();
        consumer.assign(List.of(queue));
        facts.expect("assigned", 10, poll(consumer, 10).size());
        seek(() -> consumer.seek(queue, 7));
        facts.expect("from-7", "m7,m8,m9", String.join(",", new TreeSet<>(poll(consumer, 3))));
        seek(() -> consumer.seekToBegin(queue));
        facts.expect("from-begin", 10, poll(consumer, 10).size());
        seek(() -> consumer.seekToEnd(queue));
        topic.send(2);
        facts.expect("from-end", "m10,m11", String.join(",", new TreeSet<>(poll(consumer, 2))));
    }

    private static void seekByTime(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(6);
        topic.storedUpTo(6);
        Wait.quietly(50);
        long between = System.currentTimeMillis();
        Wait.quietly(50);
        topic.send(4);
        topic.storedUpTo(10);
        MessageQueue queue = topic.queue(0);
        DefaultLitePullConsumer consumer = context.litePullConsumer("g");
        consumer.start();
        consumer.assign(List.of(queue));
        facts.expect("assigned", 10, poll(consumer, 10).size());
        long offset = consumer.offsetForTimestamp(queue, between);
        facts.expect("offset", 6, offset);
        seek(() -> consumer.seek(queue, offset));
        facts.expect("seen", "m6,m7,m8,m9", String.join(",", new TreeSet<>(poll(consumer, 4))));
    }

    private static void pauseResume(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 2).send(4);
        topic.storedUpTo(4);
        DefaultLitePullConsumer consumer = context.litePullConsumer("g");
        consumer.start();
        consumer.assign(topic.queues());
        facts.expect("both", 4, poll(consumer, 4).size());
        consumer.pause(List.of(topic.queue(0)));
        // A pull held by the server when its queue is paused may still bring one message.
        topic.sendTo(0, null);
        poll(consumer, 1, 1500);
        for (int i = 0; i < 3; i++) {
            topic.sendTo(0, null);
            topic.sendTo(1, null);
        }
        facts.expect("queue-1-while-queue-0-pauses", "m10,m6,m8", String.join(",", new TreeSet<>(poll(consumer, 4, 2500))));
        consumer.resume(List.of(topic.queue(0)));
        Set<String> resumed = poll(consumer, 3);
        facts.expect("after-resume", true, resumed.containsAll(Set.of("m5", "m7", "m9")));
    }

    /**
     * Seeking interrupts the thread that pulls the queue. When that is anywhere but in a pull that the server holds, 4.9 may
     * never pull the queue again.
     */
    private static void seek(Seek seek) throws Exception {
        Wait.quietly(300);
        seek.run();
    }

    private static Set<String> poll(DefaultLitePullConsumer consumer, int count) {
        return poll(consumer, count, 20_000);
    }

    /** Polls until that many different bodies came or the time is over. */
    private static Set<String> poll(DefaultLitePullConsumer consumer, int count, long ms) {
        Set<String> bodies = new HashSet<>();
        long end = System.nanoTime() + ms * 1_000_000;
        while (bodies.size() < count && System.nanoTime() < end) {
            for (MessageExt message : consumer.poll(200)) {
                bodies.add(Bodies.of(message));
            }
        }
        return bodies;
    }

    private static long committed(DefaultLitePullConsumer consumer, Topic topic) throws Exception {
        long sum = 0;
        for (MessageQueue queue : topic.queues()) {
            sum += consumer.committed(queue);
        }
        return sum;
    }

    @FunctionalInterface
    private interface Seek {
        void run() throws Exception;
    }
}
