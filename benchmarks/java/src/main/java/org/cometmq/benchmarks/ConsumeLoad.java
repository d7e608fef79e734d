package org.cometmq.benchmarks;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;

/** A new group reads what a topic holds; the time runs from its first message to its last, without the start of the group. */
final class ConsumeLoad {
    private final String namesrv;

    ConsumeLoad(String namesrv) {
        this.namesrv = namesrv;
    }

    Outcome run(Main.Order order) throws Exception {
        int count = order.count();
        AtomicInteger seen = new AtomicInteger();
        AtomicLong first = new AtomicLong();
        AtomicLong last = new AtomicLong();
        CountDownLatch all = new CountDownLatch(1);
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(order.text("group"));
        consumer.setNamesrvAddr(namesrv);
        consumer.setInstanceName(order.text("group"));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setConsumeThreadMin(order.width());
        consumer.setConsumeThreadMax(order.width());
        consumer.subscribe(order.topic(), "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            long now = System.nanoTime();
            first.compareAndSet(0, now);
            if (seen.addAndGet(messages.size()) >= count) {
                last.compareAndSet(0, now);
                all.countDown();
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        try {
            if (!all.await(order.ms(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("consumed only " + seen.get() + " of " + count);
            }
        } finally {
            consumer.shutdown();
        }
        return new Outcome(count, 0, (last.get() - first.get()) / 1e9, new int[0]);
    }
}
