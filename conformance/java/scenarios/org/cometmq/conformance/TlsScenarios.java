package org.cometmq.conformance;

import java.util.Random;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;

/** TLS on the ports that take plain connections, too. The clients trust every certificate, as they do by default. */
final class TlsScenarios {
    private TlsScenarios() {
    }

    static void register(Registry registry) {
        registry.add("tls/send", TlsScenarios::send);
        registry.add("tls/push", TlsScenarios::push);
    }

    private static void send(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4);
        DefaultMQProducer producer = context.producer(p -> p.setUseTLS(true));
        int stored = 0;
        for (int i = 0; i < 20; i++) {
            Message message = new Message(topic.name, ("m" + i).getBytes());
            stored += producer.send(message).getSendStatus() == SendStatus.SEND_OK ? 1 : 0;
        }
        facts.expect("stored", 20, stored);
        byte[] large = new byte[2 * 1024 * 1024];
        new Random(1).nextBytes(large);
        facts.expect("large", SendStatus.SEND_OK, producer.send(new Message(topic.name, large), 20_000).getSendStatus());
    }

    private static void push(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4).send(40);
        Collector collector = new Collector();
        DefaultMQPushConsumer consumer = context.pushConsumer("g");
        consumer.setUseTLS(true);
        consumer.subscribe(topic.name, "*");
        consumer.registerMessageListener(collector);
        consumer.start();
        collector.await(40);
        topic.send(20);
        collector.await(60);
        facts.expect("all", 60, collector.distinct().size());
        facts.expect("duplicates", 0, collector.duplicates());
    }
}
