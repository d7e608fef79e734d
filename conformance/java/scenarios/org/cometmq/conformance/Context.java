package org.cometmq.conformance;

import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** What one scenario may use: unique names and clients that are shut down behind it. */
@SuppressWarnings("deprecation")
final class Context implements AutoCloseable {
    private final String namesrv;
    private final String prefix;
    private final SharedProducers shared;
    private final Deque<Runnable> closing = new ArrayDeque<>();
    private boolean closed;
    private int clients;

    Context(String namesrv, String run, String scenario, SharedProducers shared) {
        this.namesrv = namesrv;
        this.prefix = run + "-" + scenario.replace('/', '-');
        this.shared = shared;
    }

    /** A name that no other scenario and no other run uses. */
    String name(String suffix) {
        return prefix + "-" + suffix;
    }

    Topic topic(String suffix, int queueCount) {
        return new Topic(name(suffix), queueCount, shared.forQueues(queueCount));
    }

    DefaultMQProducer producer() throws MQClientException {
        return producer(producer -> { });
    }

    DefaultMQProducer producer(Setup<DefaultMQProducer> setup) throws MQClientException {
        DefaultMQProducer producer = configure(new DefaultMQProducer(name("producer")));
        setup.apply(producer);
        producer.start();
        onClose(producer::shutdown);
        return producer;
    }

    /** Not started: the scenario subscribes and sets its listener first. */
    DefaultMQPushConsumer pushConsumer(String group) {
        DefaultMQPushConsumer consumer = configure(new DefaultMQPushConsumer(name(group)));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setConsumeThreadMin(4);
        consumer.setConsumeThreadMax(4);
        onClose(consumer::shutdown);
        return consumer;
    }

    /** Not started. */
    DefaultLitePullConsumer litePullConsumer(String group) {
        DefaultLitePullConsumer consumer = configure(new DefaultLitePullConsumer(name(group)));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setPullThreadNums(4);
        consumer.setAutoCommit(false);
        onClose(consumer::shutdown);
        return consumer;
    }

    DefaultMQPullConsumer pullConsumer(String group) throws MQClientException {
        DefaultMQPullConsumer consumer = configure(new DefaultMQPullConsumer(name(group)));
        consumer.start();
        onClose(consumer::shutdown);
        return consumer;
    }

    DefaultMQAdminExt admin() throws MQClientException {
        DefaultMQAdminExt admin = configure(new DefaultMQAdminExt());
        admin.setAdminExtGroup(name("admin"));
        admin.start();
        onClose(admin::shutdown);
        return admin;
    }

    private <C extends ClientConfig> C configure(C client) {
        client.setNamesrvAddr(namesrv);
        client.setInstanceName(name("client-" + clients++));
        client.setClientCallbackExecutorThreads(2);
        // A group's retry topic appears after its consumer has looked for it; by default the next look is 30 s later.
        client.setPollNameServerInterval(1000);
        // A client skips a heartbeat when another is under way; until the next one, by default 30 s later, brokers refuse its
        // pulls because they have not seen its latest subscription (code 25).
        client.setHeartbeatBrokerInterval(3000);
        return client;
    }

    private synchronized void onClose(Runnable shutdown) {
        if (closed) {
            shutdown.run();
        } else {
            closing.push(shutdown);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        while (!closing.isEmpty()) {
            try {
                closing.pop().run();
            } catch (RuntimeException e) {
                // The row is decided already; the other clients still have to go.
                System.err.println("shutting down a client of " + prefix + ": " + e);
            }
        }
    }

    /** Settings of a client before it starts. */
    @FunctionalInterface
    interface Setup<C> {
        void apply(C client);
    }
}
