package org.cometmq.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.message.MessageExt;

/** Keeps the accepted messages of each queue in the order of their handling. */
final class OrderlyCollector implements MessageListenerOrderly, Bodies.Source {
    private final Map<Integer, List<Long>> offsets = new ConcurrentHashMap<>();
    private final Map<Integer, AtomicInteger> inside = new ConcurrentHashMap<>();
    private final AtomicInteger overlapping = new AtomicInteger();
    private final AtomicInteger accepted = new AtomicInteger();
    private final Set<String> bodies = ConcurrentHashMap.newKeySet();
    private final Predicate<MessageExt> refused;

    OrderlyCollector() {
        this(message -> false);
    }

    OrderlyCollector(Predicate<MessageExt> refused) {
        this.refused = refused;
    }

    @Override
    public ConsumeOrderlyStatus consumeMessage(List<MessageExt> batch, ConsumeOrderlyContext context) {
        MessageExt message = batch.get(0);
        AtomicInteger here = inside.computeIfAbsent(message.getQueueId(), id -> new AtomicInteger());
        if (here.incrementAndGet() > 1) {
            overlapping.incrementAndGet();
        }
        try {
            // Long enough for a second thread to come in if the queue is not locked.
            Thread.sleep(2);
            if (refused.test(message)) {
                return ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
            }
            offsets.computeIfAbsent(message.getQueueId(), id -> new ArrayList<>()).add(message.getQueueOffset());
            bodies.add(Bodies.of(message));
            accepted.incrementAndGet();
            return ConsumeOrderlyStatus.SUCCESS;
        } catch (InterruptedException e) {
            return ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
        } finally {
            here.decrementAndGet();
        }
    }

    void await(int count) throws Exception {
        Wait.until(40, () -> size() >= count);
    }

    int size() {
        return accepted.get();
    }

    @Override
    public Set<String> distinct() {
        return Set.copyOf(bodies);
    }

    int queues() {
        return offsets.size();
    }

    int overlapping() {
        return overlapping.get();
    }

    /** Every queue's messages came as 0, 1, 2, … */
    boolean inOrder() {
        return offsets.values().stream().allMatch(list -> {
            for (int i = 0; i < list.size(); i++) {
                if (list.get(i) != i) {
                    return false;
                }
            }
            return true;
        });
    }
}
