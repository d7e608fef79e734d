package org.cometmq.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Delay levels. The servers run with level 1 = 1 s, level 2 = 2 s, all others 1 s. */
final class DelayScenarios {
    /** The server counts from its own store time, which is a little after the send began. */
    private static final int[] LEVEL_MS = {0, 1000, 2000};

    private DelayScenarios() {
    }

    static void register(Registry registry) {
        registry.add("delay/levels", DelayScenarios::levels);
        registry.add("delay/level-beyond-last", DelayScenarios::beyondLast);
    }

    private static void levels(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(1);
        Collector collector = new Collector();
        consume(context, topic, collector).await(1);
        DefaultMQProducer producer = context.producer(p -> p.setDefaultTopicQueueNums(1));
        List<String> statuses = new ArrayList<>();
        for (int level = 2; level >= 0; level--) {
            SendResult result = producer.send(message(topic, level));
            statuses.add(result.getSendStatus().name());
        }
        collector.await(4);
        facts.expect("statuses", "[SEND_OK, SEND_OK, SEND_OK]", statuses);
        List<MessageExt> arrived = collector.messages().subList(1, collector.size());
        facts.expect("order", "level-0,level-1,level-2", Bodies.of(arrived));
        long early = arrived.stream().filter(m -> m.getStoreTimestamp() - m.getBornTimestamp() < delay(m)).count();
        long late = arrived.stream().filter(m -> m.getStoreTimestamp() - m.getBornTimestamp() > delay(m) + 5000).count();
        facts.expect("early", 0, early);
        facts.expect("late", 0, late);
        facts.note("queue-offsets", arrived.stream().map(MessageExt::getQueueOffset).toList());
        facts.note("properties", String.join(",", new TreeMap<>(arrived.get(arrived.size() - 1).getProperties()).keySet()));
    }

    /** A level that does not exist is taken as the last one. */
    private static void beyondLast(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(1);
        Collector collector = new Collector();
        consume(context, topic, collector).await(1);
        DefaultMQProducer producer = context.producer(p -> p.setDefaultTopicQueueNums(1));
        facts.expect("status", "SEND_OK", producer.send(message(topic, 50)).getSendStatus());
        collector.await(2);
        facts.expect("arrived", 2, collector.size());
        facts.expect("level", "18", collector.messages().get(1).getProperty("DELAY"));
    }

    private static Collector consume(Context context, Topic topic, Collector collector) throws Exception {
        DefaultMQPushConsumer consumer = context.pushConsumer("g");
        consumer.subscribe(topic.name, "*");
        consumer.registerMessageListener(collector);
        consumer.start();
        return collector;
    }

    private static Message message(Topic topic, int level) {
        Message message = new Message(topic.name, ("level-" + level).getBytes());
        message.setDelayTimeLevel(level);
        return message;
    }

    private static int delay(MessageExt message) {
        return LEVEL_MS[Integer.parseInt(Bodies.of(message).substring("level-".length()))];
    }
}
