package org.cometmq.conformance;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/** A topic that comes into being with its first message, so that no admin request is needed to have one. */
final class Topic {
    final String name;
    final int queueCount;
    private final DefaultMQProducer producer;
    private int sent;

    Topic(String name, int queueCount, DefaultMQProducer producer) {
        this.name = name;
        this.queueCount = queueCount;
        this.producer = producer;
    }

    /** Sends bodies m0, m1, … (counted over all calls), one queue after the other. */
    Topic send(int count) throws Exception {
        return send(count, null);
    }

    Topic send(int count, String tag) throws Exception {
        for (int i = 0; i < count; i++) {
            sendTo(sent % queueCount, tag);
        }
        return this;
    }

    void sendTo(int queueId, String tag) throws Exception {
        Message message = new Message(name, tag, ("m" + sent++).getBytes());
        producer.send(message, (queues, ignored, arg) -> queues.get(queueId), null);
    }

    /** The queues in order of their numbers, as soon as the name server knows the topic. */
    List<MessageQueue> queues() throws Exception {
        if (!Wait.until(10, () -> fetch().size() == queueCount)) {
            throw new IllegalStateException("the name server does not show " + queueCount + " queues of a new topic");
        }
        List<MessageQueue> queues = new ArrayList<>(fetch());
        queues.sort(Comparator.comparingInt(MessageQueue::getQueueId));
        return queues;
    }

    MessageQueue queue(int queueId) throws Exception {
        return queues().get(queueId);
    }

    /** How many messages can be read, over all queues. */
    long stored() throws Exception {
        long sum = 0;
        for (MessageQueue queue : queues()) {
            sum += producer.maxOffset(queue);
        }
        return sum;
    }

    /** Waits until this many can be read: the index of a queue may be built after the answer to the sender. */
    long storedUpTo(long count) throws Exception {
        Wait.until(10, () -> stored() >= count);
        return stored();
    }

    private List<MessageQueue> fetch() {
        try {
            return producer.fetchPublishMessageQueues(name);
        } catch (MQClientException notYetThere) {
            return List.of();
        }
    }
}
