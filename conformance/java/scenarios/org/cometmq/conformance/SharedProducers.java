package org.cometmq.conformance;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/**
 * Producers for the scenarios that are about consuming: one per number of queues, because the number of queues of an
 * automatically created topic is an option of the producer. A client instance has some twenty threads, so they are shared.
 */
final class SharedProducers implements AutoCloseable {
    private final Map<Integer, DefaultMQProducer> byQueueCount = new ConcurrentHashMap<>();
    private final String namesrv;
    private final String run;

    SharedProducers(String namesrv, String run) {
        this.namesrv = namesrv;
        this.run = run;
    }

    DefaultMQProducer forQueues(int count) {
        return byQueueCount.computeIfAbsent(count, this::start);
    }

    private DefaultMQProducer start(int count) {
        DefaultMQProducer producer = new DefaultMQProducer(run + "-shared-" + count);
        producer.setNamesrvAddr(namesrv);
        producer.setDefaultTopicQueueNums(count);
        try {
            producer.start();
        } catch (MQClientException e) {
            throw new IllegalStateException(e);
        }
        return producer;
    }

    @Override
    public void close() {
        byQueueCount.values().forEach(DefaultMQProducer::shutdown);
    }
}
