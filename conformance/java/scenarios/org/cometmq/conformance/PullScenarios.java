package org.cometmq.conformance;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullCallback;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.common.message.MessageQueue;

/** The old pull consumer: every offset is named by the program. */
@SuppressWarnings("deprecation")
final class PullScenarios {
    private PullScenarios() {
    }

    static void register(Registry registry) {
        registry.add("pull/by-offset", PullScenarios::byOffset);
        registry.add("pull/offset-out-of-range", PullScenarios::outOfRange);
        registry.add("pull/no-match", PullScenarios::noMatch);
        registry.add("pull/held-until-message", PullScenarios::held);
        registry.add("pull/held-until-timeout", PullScenarios::heldUntilTimeout);
        registry.add("pull/queue-bounds", PullScenarios::bounds);
    }

    private static void byOffset(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(10);
        topic.storedUpTo(10);
        DefaultMQPullConsumer consumer = context.pullConsumer("g");
        MessageQueue queue = topic.queue(0);
        PullResult first = consumer.pull(queue, "*", 0, 4);
        facts.expect("first", Bodies.range(0, 4), Bodies.of(first.getMsgFoundList()));
        describe("first", first, facts);
        PullResult last = consumer.pull(queue, "*", first.getNextBeginOffset(), 32);
        facts.expect("last", Bodies.range(4, 10), Bodies.of(last.getMsgFoundList()));
        describe("last", last, facts);
        describe("at-end", consumer.pull(queue, "*", 10, 32), facts);
        PullResult middle = consumer.pull(queue, "*", 7, 1);
        facts.expect("middle", "m7", Bodies.of(middle.getMsgFoundList()));
        facts.expect("middle-queue-offset", 7, middle.getMsgFoundList().get(0).getQueueOffset());
    }

    private static void outOfRange(Context context, Facts facts) throws Exception {
        // Three messages over four queues: the last queue stays empty.
        Topic topic = context.topic("t", 4).send(3);
        topic.storedUpTo(3);
        DefaultMQPullConsumer consumer = context.pullConsumer("g");
        describe("one-beyond", consumer.pull(topic.queue(0), "*", 2, 32), facts);
        describe("far-beyond", consumer.pull(topic.queue(0), "*", 1000, 32), facts);
        describe("empty-at-0", consumer.pull(topic.queue(3), "*", 0, 32), facts);
        describe("empty-at-5", consumer.pull(topic.queue(3), "*", 5, 32), facts);
    }

    private static void noMatch(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(5, "a").send(2, "b").send(3, "a");
        topic.storedUpTo(10);
        DefaultMQPullConsumer consumer = context.pullConsumer("g");
        describe("tag-c", consumer.pull(topic.queue(0), "c", 0, 32), facts);
        PullResult found = consumer.pull(topic.queue(0), "b || c", 0, 32);
        describe("tag-b-or-c", found, facts);
        facts.expect("found", "m5,m6", Bodies.of(found.getMsgFoundList()));
    }

    private static void held(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(1);
        topic.storedUpTo(1);
        DefaultMQPullConsumer consumer = context.pullConsumer("g");
        CompletableFuture<PullResult> answer = new CompletableFuture<>();
        consumer.pullBlockIfNotFound(topic.queue(0), "*", 1, 32, new PullCallback() {
            @Override
            public void onSuccess(PullResult result) {
                answer.complete(result);
            }

            @Override
            public void onException(Throwable e) {
                answer.completeExceptionally(e);
            }
        });
        Wait.quietly(500);
        facts.expect("answered-before", false, answer.isDone());
        long sent = System.nanoTime();
        topic.send(1);
        PullResult result = answer.get(20, TimeUnit.SECONDS);
        // A server that only looks again every 5 s would be late.
        facts.expect("woken-within-3s", true, System.nanoTime() - sent < 3_000_000_000L);
        facts.expect("found", "m1", Bodies.of(result.getMsgFoundList()));
        describe("held", result, facts);
    }

    private static void heldUntilTimeout(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(1);
        topic.storedUpTo(1);
        DefaultMQPullConsumer consumer = context.pullConsumer("g");
        consumer.setBrokerSuspendMaxTimeMillis(2000);
        long start = System.nanoTime();
        PullResult result = consumer.pullBlockIfNotFound(topic.queue(0), "*", 1, 32);
        long ms = (System.nanoTime() - start) / 1_000_000;
        facts.expect("held", true, ms > 1800);
        // Apache looks at held pulls every 5 s only.
        facts.expect("answered-in-time", true, ms < 12_000);
        describe("held", result, facts);
    }

    private static void bounds(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 2).send(6);
        topic.storedUpTo(6);
        Wait.quietly(50);
        long between = System.currentTimeMillis();
        Wait.quietly(50);
        topic.send(4);
        topic.storedUpTo(10);
        DefaultMQPullConsumer consumer = context.pullConsumer("g");
        MessageQueue queue = topic.queue(0);
        facts.expect("min", 0, consumer.minOffset(queue));
        facts.expect("max", 5, consumer.maxOffset(queue));
        facts.expect("at-time", 3, consumer.searchOffset(queue, between));
        facts.expect("at-start-of-time", 0, consumer.searchOffset(queue, 1));
        facts.note("in-the-future", consumer.searchOffset(queue, between + 3_600_000));
        long earliest = consumer.earliestMsgStoreTime(queue);
        facts.expect("earliest-is-plausible", true, earliest > between - 60_000 && earliest <= between);
    }

    private static void describe(String name, PullResult result, Facts facts) {
        facts.note(name, result.getPullStatus() + "/next:" + result.getNextBeginOffset()
            + "/min:" + result.getMinOffset() + "/max:" + result.getMaxOffset());
    }
}
