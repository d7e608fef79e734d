package org.cometmq.conformance;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** Tools move a group. A client that hears of it rests the queue for ten seconds. */
final class ResetScenarios {
    private ResetScenarios() {
    }

    static void register(Registry registry) {
        registry.add("offset/reset-while-running", ResetScenarios::whileRunning);
        registry.add("offset/reset-while-away", ResetScenarios::whileAway);
    }

    private static void whileRunning(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 2).send(10);
        Collector collector = new Collector();
        start(context, topic, collector);
        facts.expect("before", 10, collector.await(10).distinct().size());
        DefaultMQAdminExt admin = context.admin();
        String group = context.name("g");
        facts.expect("committed", true, Wait.until(30, () -> behind(admin, group) == 0));
        var offsets = admin.resetOffsetByTimestamp(topic.name, group, 0, true);
        facts.expect("queues", 2, offsets.size());
        facts.expect("sum", 0L, offsets.values().stream().mapToLong(offset -> offset).sum());
        // These end the pulls that the server holds: they or the next ones tell of the reset.
        topic.send(2);
        facts.expect("again", true, Wait.until(40, () -> collector.size() >= 22 && collector.distinct().size() == 12));
    }

    private static void whileAway(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 2).send(10);
        Collector before = new Collector();
        DefaultMQPushConsumer consumer = start(context, topic, before);
        facts.expect("before", 10, before.await(10).distinct().size());
        consumer.shutdown();
        DefaultMQAdminExt admin = context.admin();
        String group = context.name("g");
        facts.expect("committed", true, Wait.until(30, () -> behind(admin, group) == 0));
        admin.resetOffsetByTimestamp(topic.name, group, 0, true);
        facts.expect("behind", 10L, behind(admin, group));
        Collector after = new Collector();
        start(context, topic, after);
        facts.expect("again", 10, after.await(10).distinct().size());
    }

    /** -1 while nothing has been committed: then there is an error instead of statistics. */
    private static long behind(DefaultMQAdminExt admin, String group) throws Exception {
        try {
            return admin.examineConsumeStats(group).computeTotalDiff();
        } catch (MQClientException notYet) {
            return -1;
        }
    }

    private static DefaultMQPushConsumer start(Context context, Topic topic, Collector collector) throws Exception {
        DefaultMQPushConsumer consumer = context.pushConsumer("g");
        consumer.subscribe(topic.name, "*");
        consumer.registerMessageListener(collector);
        consumer.start();
        return consumer;
    }
}
