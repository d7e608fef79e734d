package org.cometmq.conformance;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** The push consumer when everything goes well. */
final class PushScenarios {
    private PushScenarios() {
    }

    static void register(Registry registry) {
        registry.add("push/concurrently", PushScenarios::concurrently);
        registry.add("push/consume-batch", PushScenarios::consumeBatch);
        registry.add("push/long-poll", PushScenarios::longPoll);
        registry.add("push/orderly", PushScenarios::orderly);
        registry.add("push/broadcast", PushScenarios::broadcast);
        registry.add("push/tag-filter", PushScenarios::tagFilter);
        registry.add("push/two-groups", PushScenarios::twoGroups);
        registry.add("push/suspend-resume", PushScenarios::suspendResume);
        registry.add("push/compressed", PushScenarios::compressed);
    }

    private static void concurrently(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4).send(60);
        Collector collector = new Collector();
        start(context.pushConsumer("g"), topic, "*", collector);
        collector.await(60);
        facts.expect("waiting", 60, collector.distinct().size());
        topic.send(40);
        collector.await(100);
        facts.expect("all", 100, collector.distinct().size());
        facts.expect("duplicates", 0, collector.duplicates());
        Map<Integer, Long> perQueue = collector.messages().stream()
            .collect(Collectors.groupingBy(MessageExt::getQueueId, TreeMap::new, Collectors.counting()));
        facts.expect("per-queue", "{0=25, 1=25, 2=25, 3=25}", perQueue);
        facts.expect("reconsume-times", 0, collector.messages().stream().mapToInt(MessageExt::getReconsumeTimes).max().orElse(-1));
    }

    private static void consumeBatch(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(20);
        topic.storedUpTo(20);
        Collector collector = new Collector();
        DefaultMQPushConsumer consumer = context.pushConsumer("g");
        consumer.setConsumeMessageBatchMaxSize(8);
        start(consumer, topic, "*", collector);
        collector.await(20);
        facts.expect("all", 20, collector.distinct().size());
        facts.expect("duplicates", 0, collector.duplicates());
    }

    /** A consumer that is waiting gets a new message at once; a server that looks only every 5 s would be late. */
    private static void longPoll(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(1);
        Collector collector = new Collector();
        start(context.pushConsumer("g"), topic, "*", collector);
        collector.await(1);
        int fast = 0;
        for (int i = 0; i < 5; i++) {
            int before = collector.size();
            topic.send(1);
            fast += Wait.until(3, () -> collector.size() > before) ? 1 : 0;
        }
        facts.expect("within-3s", 5, fast);
        facts.expect("all", 6, collector.distinct().size());
    }

    private static void orderly(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4).send(40);
        OrderlyCollector collector = new OrderlyCollector();
        DefaultMQPushConsumer consumer = context.pushConsumer("g");
        consumer.subscribe(topic.name, "*");
        consumer.registerMessageListener(collector);
        consumer.start();
        collector.await(40);
        topic.send(40);
        collector.await(80);
        facts.expect("all", 80, collector.size());
        facts.expect("queues", 4, collector.queues());
        facts.expect("in-order", true, collector.inOrder());
        facts.expect("overlapping", 0, collector.overlapping());
    }

    private static void broadcast(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4).send(10);
        topic.storedUpTo(10);
        Collector one = new Collector();
        Collector two = new Collector();
        start(broadcasting(context), topic, "*", one);
        start(broadcasting(context), topic, "*", two);
        one.await(10);
        two.await(10);
        topic.send(10);
        one.await(20);
        two.await(20);
        facts.expect("first", 20, one.distinct().size());
        facts.expect("second", 20, two.distinct().size());
        facts.expect("duplicates", 0, one.duplicates() + two.duplicates());
    }

    /** MessageModel moved to another package in 5.x, so its name may not appear in these sources. */
    private static DefaultMQPushConsumer broadcasting(Context context) {
        DefaultMQPushConsumer consumer = context.pushConsumer("g");
        consumer.setMessageModel(Enum.valueOf(consumer.getMessageModel().getDeclaringClass(), "BROADCASTING"));
        return consumer;
    }

    /** Tags "Aa" and "BB" have the same Java hash code: the server's index cannot tell them apart, the client must. */
    private static void tagFilter(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 2).send(10, "a").send(10, "b").send(10, "c").send(10, null).send(10, "BB").send(10, "Aa");
        Collector collector = new Collector();
        start(context.pushConsumer("g"), topic, "a || b || Aa", collector);
        collector.await(30);
        topic.send(5, "c");
        topic.send(5, "b");
        collector.await(35);
        facts.expect("all", 35, collector.distinct().size());
        facts.expect("tags", "[Aa, a, b]",
            collector.messages().stream().map(m -> String.valueOf(m.getTags())).collect(Collectors.toCollection(TreeSet::new)));
        facts.expect("duplicates", 0, collector.duplicates());
    }

    private static void twoGroups(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 2).send(20);
        topic.storedUpTo(20);
        Collector one = new Collector();
        Collector two = new Collector();
        start(context.pushConsumer("g1"), topic, "*", one);
        start(context.pushConsumer("g2"), topic, "*", two);
        facts.expect("first", 20, one.await(20).distinct().size());
        facts.expect("second", 20, two.await(20).distinct().size());
    }

    /** Pulls that the server holds when the consumer is suspended still deliver, so those are fed first. */
    private static void suspendResume(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 2).send(8);
        Collector collector = new Collector();
        DefaultMQPushConsumer consumer = context.pushConsumer("g");
        start(consumer, topic, "*", collector);
        facts.expect("before", 8, collector.await(8).distinct().size());
        consumer.suspend();
        topic.send(2);
        Wait.quietly(1000);
        int suspended = collector.size();
        topic.send(10);
        Wait.quietly(1500);
        facts.expect("while-suspended", 0, collector.size() - suspended);
        consumer.resume();
        collector.await(20);
        facts.expect("after-resume", 20, collector.distinct().size());
        facts.expect("duplicates", 0, collector.duplicates());
    }

    private static void compressed(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4).send(1);
        var producer = context.producer();
        String text = "abcdefgh".repeat(4000);
        for (int i = 0; i < 5; i++) {
            producer.send(new Message(topic.name, (text + i).getBytes()));
        }
        Collector collector = new Collector();
        start(context.pushConsumer("g"), topic, "*", collector);
        List<MessageExt> messages = collector.await(6).messages();
        facts.expect("all", 6, messages.size());
        facts.expect("long-bodies", 5, messages.stream().filter(m -> Bodies.of(m).startsWith(text)).count());
    }

    private static void start(DefaultMQPushConsumer consumer, Topic topic, String tags, MessageListenerConcurrently listener)
        throws Exception {
        consumer.subscribe(topic.name, tags);
        consumer.registerMessageListener(listener);
        consumer.start();
    }
}
