package org.cometmq.conformance;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageExt;

/** A listener that keeps what it got and says success, or "later" to those that its test picks. */
final class Collector implements MessageListenerConcurrently, Bodies.Source {
    /** Long enough for a second delivery of something that should come once. */
    private static final long QUIET_MS = 500;

    private final List<MessageExt> messages = new ArrayList<>();
    private final Predicate<MessageExt> refused;

    Collector() {
        this(message -> false);
    }

    Collector(Predicate<MessageExt> refused) {
        this.refused = refused;
    }

    @Override
    public synchronized ConsumeConcurrentlyStatus consumeMessage(List<MessageExt> batch, ConsumeConcurrentlyContext context) {
        messages.addAll(batch);
        return batch.stream().anyMatch(refused)
            ? ConsumeConcurrentlyStatus.RECONSUME_LATER
            : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    }

    /** Waits for that many messages, then a little longer for what should not come. */
    Collector await(int count) throws Exception {
        Wait.until(40, () -> size() >= count);
        Wait.quietly(QUIET_MS);
        return this;
    }

    synchronized int size() {
        return messages.size();
    }

    synchronized List<MessageExt> messages() {
        return List.copyOf(messages);
    }

    @Override
    public synchronized Set<String> distinct() {
        return messages.stream().map(Bodies::of).collect(Collectors.toCollection(HashSet::new));
    }

    /** Deliveries beyond the first of each body. */
    int duplicates() {
        return size() - distinct().size();
    }
}
