package org.cometmq.conformance;

import java.text.SimpleDateFormat;
import java.util.Date;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.store.ReadOffsetType;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageQueue;

/** Where a group starts, and where it goes on. */
@SuppressWarnings("deprecation")
final class OffsetScenarios {
    private OffsetScenarios() {
    }

    static void register(Registry registry) {
        registry.add("offset/out-of-range", OffsetScenarios::outOfRange);
        registry.add("offset/restart", OffsetScenarios::restart);
        registry.add("offset/from-first", OffsetScenarios::fromFirst);
        registry.add("offset/from-last-young-topic", OffsetScenarios::fromLast);
        registry.add("offset/from-last-empty-queues", OffsetScenarios::fromLastEmptyQueues);
        registry.add("offset/from-timestamp-young-topic", OffsetScenarios::fromTimestamp);
        registry.add("offset/set-and-query", OffsetScenarios::setAndQuery);
    }

    private static void restart(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4).send(20);
        Collector before = new Collector();
        DefaultMQPushConsumer first = start(context, topic, before);
        before.await(20);
        facts.expect("before", 20, before.distinct().size());
        first.shutdown();
        // Offsets of a consumer that stops are sent without waiting for an answer.
        DefaultMQPullConsumer reader = context.pullConsumer("g");
        facts.expect("committed", true, Wait.until(10, () -> committed(reader, topic) == 20));
        leave(reader);
        topic.send(10);
        Collector after = new Collector();
        start(context, topic, after);
        after.await(10);
        facts.expect("after", Bodies.range(20, 30), String.join(",", new TreeSet<>(after.distinct())));
        facts.expect("deliveries-after", 10, after.size());
    }

    private static void fromFirst(Context context, Facts facts) throws Exception {
        facts.expect("old", 20, oldAndNew(context, ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET, 20, facts));
    }

    /**
     * A server whose queue still begins at 0 and has its first message in memory answers "0" instead of "no offset" to a
     * new group, so these two see the old messages too: programs rely on it for fresh topics.
     */
    private static void fromLast(Context context, Facts facts) throws Exception {
        facts.note("old", oldAndNew(context, ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET, 0, facts));
    }

    private static void fromTimestamp(Context context, Facts facts) throws Exception {
        facts.note("old", oldAndNew(context, ConsumeFromWhere.CONSUME_FROM_TIMESTAMP, 0, facts));
    }

    /** Sends 20, starts a new group, sends 10 more; all of the 10 must come. Returns how many of the 20 came. */
    private static long oldAndNew(Context context, ConsumeFromWhere where, int atLeast, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4).send(20);
        topic.storedUpTo(20);
        Wait.quietly(1100);
        Collector collector = new Collector();
        DefaultMQPushConsumer consumer = context.pushConsumer("g");
        consumer.setConsumeFromWhere(where);
        consumer.setConsumeTimestamp(new SimpleDateFormat("yyyyMMddHHmmss").format(new Date()));
        consumer.subscribe(topic.name, "*");
        consumer.registerMessageListener(collector);
        consumer.start();
        Wait.until(20, () -> consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().keySet()
            .stream().filter(queue -> queue.getTopic().equals(topic.name)).count() == 4);
        Wait.quietly(1000);
        topic.send(10);
        collector.await(10 + atLeast);
        TreeSet<String> seen = new TreeSet<>(collector.distinct());
        long fresh = seen.stream().filter(body -> Bodies.number(body) >= 20).count();
        facts.expect("new", 10, fresh);
        facts.expect("duplicates", 0, collector.duplicates());
        return seen.size() - fresh;
    }

    private static void fromLastEmptyQueues(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4).send(1);
        topic.storedUpTo(1);
        Collector collector = new Collector();
        DefaultMQPushConsumer consumer = context.pushConsumer("g");
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET);
        consumer.subscribe(topic.name, "*");
        consumer.registerMessageListener(collector);
        consumer.start();
        Wait.quietly(2000);
        topic.send(8);
        collector.await(9);
        facts.note("seen", collector.distinct().size());
    }

    private static void setAndQuery(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 2).send(10);
        topic.storedUpTo(10);
        DefaultMQPullConsumer consumer = context.pullConsumer("g");
        MessageQueue queue = topic.queue(1);
        facts.note("new-group", consumer.fetchConsumeOffset(queue, true));
        facts.expect("set", true, set(consumer, queue, 3));
        facts.expect("set-back", true, set(consumer, queue, 2));
        facts.note("other-queue", consumer.fetchConsumeOffset(topic.queue(0), true));
    }

    /** A group whose offset lies beyond the end is put back by the server's answer to its first pull. */
    private static void outOfRange(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(5);
        topic.storedUpTo(5);
        MessageQueue queue = topic.queue(0);
        DefaultMQPullConsumer setter = context.pullConsumer("g");
        facts.expect("set", true, set(setter, queue, 1000));
        leave(setter);
        Collector collector = new Collector();
        DefaultMQPushConsumer consumer = start(context, topic, collector);
        // 4.9 waits 10 s before it corrects its offset.
        facts.expect("put-back", true, Wait.until(25, () -> consumer.getDefaultMQPushConsumerImpl().getOffsetStore()
            .readOffset(queue, ReadOffsetType.MEMORY_FIRST_THEN_STORE) == 5));
        topic.send(3);
        collector.await(3);
        facts.expect("seen", "m5,m6,m7", String.join(",", new TreeSet<>(collector.distinct())));
    }

    private static DefaultMQPushConsumer start(Context context, Topic topic, Collector collector) throws Exception {
        DefaultMQPushConsumer consumer = context.pushConsumer("g");
        consumer.subscribe(topic.name, "*");
        consumer.registerMessageListener(collector);
        consumer.start();
        return consumer;
    }

    /** Offsets are set without an answer, and refused while the server does not know the group from a heartbeat. */
    private static boolean set(DefaultMQPullConsumer consumer, MessageQueue queue, long offset) throws Exception {
        return Wait.until(10, () -> {
            consumer.updateConsumeOffset(queue, offset);
            consumer.getOffsetStore().persist(queue);
            return consumer.fetchConsumeOffset(queue, true) == offset;
        });
    }

    /**
     * A heartbeat that is under way when its client signs off may be handled afterwards: the broker then keeps a member that
     * is no more and its queues rest. The first heartbeat is sent a second after the start.
     */
    private static void leave(DefaultMQPullConsumer consumer) throws Exception {
        Wait.quietly(1500);
        consumer.shutdown();
    }

    private static long committed(DefaultMQPullConsumer reader, Topic topic) throws Exception {
        long sum = 0;
        for (MessageQueue queue : topic.queues()) {
            sum += reader.fetchConsumeOffset(queue, true);
        }
        return sum;
    }
}
