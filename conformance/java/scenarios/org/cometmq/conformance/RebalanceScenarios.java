package org.cometmq.conformance;

import java.util.HashSet;
import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.MessageListener;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;

/** Two members of one group share the queues; one goes and the other takes over. */
final class RebalanceScenarios {
    private RebalanceScenarios() {
    }

    static void register(Registry registry) {
        registry.add("rebalance/concurrently", RebalanceScenarios::concurrently);
        registry.add("rebalance/orderly", RebalanceScenarios::orderly);
    }

    private static void concurrently(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4).send(4);
        Collector one = new Collector();
        Collector two = new Collector();
        DefaultMQPushConsumer first = start(context, topic, one);
        one.await(4);
        DefaultMQPushConsumer second = start(context, topic, two);
        facts.expect("shared", true, Wait.until(20, () -> owned(first, topic) == 2 && owned(second, topic) == 2));
        topic.send(40);
        Wait.until(20, () -> union(one, two).size() >= 44);
        facts.expect("total", 44, union(one, two).size());
        facts.expect("second-got", 20, from(4, two.distinct()));
        first.shutdown();
        facts.expect("taken-over", true, Wait.until(20, () -> owned(second, topic) == 4));
        topic.send(20);
        Wait.until(20, () -> from(44, two.distinct()) >= 20);
        facts.expect("second-got-after", 20, from(44, two.distinct()));
        facts.expect("total-after", 64, union(one, two).size());
    }

    private static void orderly(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4).send(4);
        OrderlyCollector one = new OrderlyCollector();
        OrderlyCollector two = new OrderlyCollector();
        DefaultMQPushConsumer first = start(context, topic, one);
        one.await(4);
        DefaultMQPushConsumer second = start(context, topic, two);
        facts.expect("shared", true, Wait.until(30, () -> owned(first, topic) == 2 && owned(second, topic) == 2));
        topic.send(40);
        Wait.until(20, () -> union(one, two).size() >= 44);
        facts.expect("total", 44, union(one, two).size());
        facts.expect("second-queues", 2, two.queues());
        first.shutdown();
        facts.expect("taken-over", true, Wait.until(30, () -> owned(second, topic) == 4));
        topic.send(20);
        Wait.until(20, () -> union(one, two).size() >= 64);
        facts.expect("total-after", 64, union(one, two).size());
        facts.expect("overlapping", 0, one.overlapping() + two.overlapping());
    }

    private static DefaultMQPushConsumer start(Context context, Topic topic, MessageListener listener) throws Exception {
        DefaultMQPushConsumer consumer = context.pushConsumer("g");
        consumer.subscribe(topic.name, "*");
        if (listener instanceof MessageListenerConcurrently concurrently) {
            consumer.registerMessageListener(concurrently);
        } else {
            consumer.registerMessageListener((MessageListenerOrderly) listener);
        }
        consumer.start();
        return consumer;
    }

    /** The queues of the topic (not of the retry topic) that this member works on now. */
    private static long owned(DefaultMQPushConsumer consumer, Topic topic) {
        return consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().keySet().stream()
            .filter(queue -> queue.getTopic().equals(topic.name)).count();
    }

    /** When a queue changes hands its last messages may come a second time, so bodies are counted, not deliveries. */
    private static Set<String> union(Bodies.Source one, Bodies.Source two) {
        Set<String> union = new HashSet<>(one.distinct());
        union.addAll(two.distinct());
        return union;
    }

    private static long from(int number, Set<String> bodies) {
        return bodies.stream().filter(body -> Bodies.number(body) >= number).count();
    }
}
