package org.cometmq.conformance;

import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Messages that are not consumed at the first try. The delays are those of the servers' messageDelayLevel. */
@SuppressWarnings("deprecation")
final class RetryScenarios {
    private RetryScenarios() {
    }

    static void register(Registry registry) {
        registry.add("retry/dead-letter", RetryScenarios::deadLetter);
        registry.add("retry/once", RetryScenarios::once);
        registry.add("retry/straight-to-dead-letter", RetryScenarios::straightToDeadLetter);
        registry.add("retry/orderly", RetryScenarios::orderly);
        registry.add("retry/orderly-dead-letter", RetryScenarios::orderlyDeadLetter);
    }

    private static void once(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 2).send(4);
        topic.storedUpTo(4);
        Collector collector = new Collector(m -> m.getReconsumeTimes() == 0 && Bodies.of(m).equals("m1"));
        DefaultMQPushConsumer consumer = context.pushConsumer("g");
        consumer.subscribe(topic.name, "*");
        consumer.registerMessageListener(collector);
        consumer.start();
        collector.await(5);
        List<MessageExt> tries = collector.messages().stream().filter(m -> Bodies.of(m).equals("m1")).toList();
        facts.expect("deliveries", 5, collector.size());
        facts.expect("reconsume-times", "0,1", reconsumeTimes(tries));
        if (tries.size() > 1) {
            MessageExt first = tries.get(0);
            MessageExt second = tries.get(1);
            facts.expect("original-topic", true, second.getTopic().equals(topic.name));
            facts.expect("same-id", true, second.getMsgId().equals(first.getMsgId()));
            facts.expect("origin-id", true, second.getProperty("ORIGIN_MESSAGE_ID") != null);
            facts.note("properties", String.join(",", new TreeMap<>(second.getProperties()).keySet()));
            facts.expect("at-least-1s-later", true, second.getStoreTimestamp() - first.getStoreTimestamp() >= 900);
        }
    }

    private static void deadLetter(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(2);
        topic.storedUpTo(2);
        Collector collector = new Collector(m -> Bodies.of(m).equals("m0"));
        DefaultMQPushConsumer consumer = context.pushConsumer("g");
        consumer.setMaxReconsumeTimes(2);
        consumer.subscribe(topic.name, "*");
        consumer.registerMessageListener(collector);
        consumer.start();
        collector.await(4);
        facts.expect("reconsume-times", "0,1,2",
            reconsumeTimes(collector.messages().stream().filter(m -> Bodies.of(m).equals("m0")).toList()));
        describeDeadLetter(context, topic, consumer.getConsumerGroup(), facts);
        facts.expect("deliveries", 4, collector.size());
    }

    /** Level -1 of the listener's context means: never again. */
    private static void straightToDeadLetter(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(1);
        topic.storedUpTo(1);
        Collector collector = new Collector(m -> true);
        DefaultMQPushConsumer consumer = context.pushConsumer("g");
        consumer.subscribe(topic.name, "*");
        consumer.registerMessageListener((List<MessageExt> batch,
            ConsumeConcurrentlyContext c) -> {
            c.setDelayLevelWhenNextConsume(-1);
            return collector.consumeMessage(batch, c);
        });
        consumer.start();
        collector.await(1);
        describeDeadLetter(context, topic, consumer.getConsumerGroup(), facts);
        facts.expect("deliveries", 1, collector.size());
    }

    /** An orderly consumer holds its queue back until the message is done. */
    private static void orderly(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 2).send(10);
        topic.storedUpTo(10);
        OrderlyCollector collector = new OrderlyCollector(m -> m.getReconsumeTimes() < 2 && Bodies.of(m).equals("m4"));
        DefaultMQPushConsumer consumer = orderlyConsumer(context, topic, collector);
        consumer.start();
        collector.await(10);
        facts.expect("all", 10, collector.size());
        facts.expect("in-order", true, collector.inOrder());
    }

    private static void orderlyDeadLetter(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(3);
        topic.storedUpTo(3);
        OrderlyCollector collector = new OrderlyCollector(m -> Bodies.of(m).equals("m0"));
        DefaultMQPushConsumer consumer = orderlyConsumer(context, topic, collector);
        consumer.setMaxReconsumeTimes(1);
        consumer.start();
        collector.await(2);
        facts.expect("accepted", 2, collector.size());
        describeDeadLetter(context, topic, consumer.getConsumerGroup(), facts);
    }

    private static DefaultMQPushConsumer orderlyConsumer(Context context, Topic topic, OrderlyCollector collector) throws Exception {
        DefaultMQPushConsumer consumer = context.pushConsumer("g");
        consumer.setSuspendCurrentQueueTimeMillis(200);
        consumer.subscribe(topic.name, "*");
        consumer.registerMessageListener(collector);
        return consumer;
    }

    /** Reads the group's dead letter topic, which must hold m0 alone. */
    private static void describeDeadLetter(Context context, Topic topic, String group, Facts facts) throws Exception {
        String deadLetterTopic = "%DLQ%" + group;
        DefaultMQPullConsumer reader = context.pullConsumer("reader");
        MessageQueue known = topic.queue(0);
        reader.pull(known, "*", 0, 1);
        MessageQueue queue = new MessageQueue(deadLetterTopic, known.getBrokerName(), 0);
        PullResult[] found = new PullResult[1];
        Wait.until(20, () -> {
            try {
                found[0] = reader.pull(queue, "*", 0, 32);
                return found[0].getMsgFoundList() != null;
            } catch (Exception notYetThere) {
                return false;
            }
        });
        if (found[0] == null || found[0].getMsgFoundList() == null) {
            facts.fail("nothing in the dead letter topic");
            return;
        }
        MessageExt dead = found[0].getMsgFoundList().get(0);
        facts.expect("dead", "m0", Bodies.of(found[0].getMsgFoundList()));
        facts.note("dead-reconsume-times", dead.getReconsumeTimes());
        facts.expect("dead-retry-topic", true, topic.name.equals(dead.getProperty("RETRY_TOPIC")));
        facts.note("dead-properties", String.join(",", new TreeMap<>(dead.getProperties()).keySet()));
        facts.note("dead-queues", readableQueues(reader, deadLetterTopic));
    }

    private static String readableQueues(DefaultMQPullConsumer reader, String topic) {
        try {
            return String.valueOf(reader.fetchSubscribeMessageQueues(topic).size());
        } catch (MQClientException e) {
            return "none";
        }
    }

    private static String reconsumeTimes(List<MessageExt> tries) {
        return tries.stream().map(m -> String.valueOf(m.getReconsumeTimes())).collect(Collectors.joining(","));
    }
}
