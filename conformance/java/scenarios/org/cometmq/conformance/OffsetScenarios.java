package org.cometmq.conformance;

import java.text.SimpleDateFormat;
import java.util.Date;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageQueue;

/** Where a group starts, and where it goes on. */
@SuppressWarnings("deprecation")
final class OffsetScenarios {
    private OffsetScenarios() {
    }

    static void register(Registry registry) {
        registry.add("offset/restart", OffsetScenarios::restart);
        registry.add("offset/from-first", OffsetScenarios::fromFirst);
        registry.add("offset/from-last-young-topic", OffsetScenarios::fromLast);
        registry.add("offset/from-last-empty-queues", OffsetScenarios::fromLastEmptyQueues);
        registry.add("offset/from-timestamp-young-topic", OffsetScenarios::fromTimestamp);
        registry.add("offset/set-and-query", OffsetScenarios::setAndQuery);
        registry.add("offset/out-of-range", OffsetScenarios::outOfRange);
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
        reader.shutdown();
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
        long fresh = seen.stream().filter(body -> number(body) >= 20).count();
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
        consumer.updateConsumeOffset(queue, 3);
        consumer.getOffsetStore().persist(queue);
        facts.expect("set", true, Wait.until(5, () -> consumer.fetchConsumeOffset(queue, true) == 3));
        consumer.updateConsumeOffset(queue, 2);
        consumer.getOffsetStore().persist(queue);
        facts.expect("set-back", true, Wait.until(5, () -> consumer.fetchConsumeOffset(queue, true) == 2));
        facts.note("other-queue", consumer.fetchConsumeOffset(topic.queue(0), true));
    }

    /** A group whose offset lies beyond the end is put back by the server's answer to its first pull. */
    private static void outOfRange(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(5);
        topic.storedUpTo(5);
        DefaultMQPullConsumer setter = context.pullConsumer("g");
        setter.updateConsumeOffset(topic.queue(0), 1000);
        setter.getOffsetStore().persist(topic.queue(0));
        facts.expect("set", true, Wait.until(5, () -> setter.fetchConsumeOffset(topic.queue(0), true) == 1000));
        setter.shutdown();
        Collector collector = new Collector();
        start(context, topic, collector);
        // 4.9 waits 10 s before it corrects its offset.
        DefaultMQPullConsumer reader = context.pullConsumer("g");
        facts.expect("put-back", true, Wait.until(25, () -> reader.fetchConsumeOffset(topic.queue(0), true) == 5));
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

    private static long committed(DefaultMQPullConsumer reader, Topic topic) throws Exception {
        long sum = 0;
        for (MessageQueue queue : topic.queues()) {
            sum += reader.fetchConsumeOffset(queue, true);
        }
        return sum;
    }

    private static int number(String body) {
        return Integer.parseInt(body.substring(1));
    }
}
