package org.cometmq.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** All the ways to send that end well. */
@SuppressWarnings("deprecation")
final class SendScenarios {
    private SendScenarios() {
    }

    static void register(Registry registry) {
        registry.add("send/sync", SendScenarios::sync);
        registry.add("send/async", SendScenarios::async);
        registry.add("send/oneway", SendScenarios::oneway);
        registry.add("send/batch", SendScenarios::batch);
        registry.add("send/selector", SendScenarios::selector);
        registry.add("send/queue", SendScenarios::queue);
        registry.add("send/properties", SendScenarios::properties);
        registry.add("send/auto-topic", SendScenarios::autoTopic);
        registry.add("send/auto-topic-queues", SendScenarios::autoTopicQueues);
        registry.add("send/compressed", SendScenarios::compressed);
        registry.add("send/empty-tag-and-big-body", SendScenarios::bigBody);
    }

    private static void sync(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4);
        DefaultMQProducer producer = context.producer();
        List<SendResult> results = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            results.add(producer.send(message(topic, i)));
        }
        describe(results, facts);
        facts.expect("stored", 20, topic.storedUpTo(20));
    }

    private static void async(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4);
        DefaultMQProducer producer = context.producer();
        // Callbacks come on several threads; the first send opens the connection and the topic for the others.
        Collection<SendResult> results = new ConcurrentLinkedQueue<>(List.of(producer.send(message(topic, 0))));
        CountDownLatch answers = new CountDownLatch(19);
        for (int i = 1; i < 20; i++) {
            producer.send(message(topic, i), new SendCallback() {
                @Override
                public void onSuccess(SendResult result) {
                    results.add(result);
                    answers.countDown();
                }

                @Override
                public void onException(Throwable e) {
                    answers.countDown();
                }
            });
        }
        answers.await(10, TimeUnit.SECONDS);
        describe(results, facts);
        facts.expect("stored", 20, topic.storedUpTo(20));
    }

    private static void oneway(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4);
        DefaultMQProducer producer = context.producer();
        for (int i = 0; i < 20; i++) {
            producer.sendOneway(message(topic, i));
        }
        facts.expect("stored", 20, topic.storedUpTo(20));
    }

    private static void batch(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1);
        DefaultMQProducer producer = context.producer(p -> p.setDefaultTopicQueueNums(1));
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            messages.add(message(topic, i));
        }
        SendResult result = producer.send(messages);
        facts.expect("status", "SEND_OK", result.getSendStatus());
        facts.expect("ids", 10, result.getMsgId().split(",").length);
        facts.expect("offset-ids", 10, result.getOffsetMsgId().split(",").length);
        facts.expect("offset", 0, result.getQueueOffset());
        facts.expect("stored", 10, topic.storedUpTo(10));
        List<MessageExt> pulled = context.pullConsumer("g").pull(topic.queue(0), "*", 0, 32).getMsgFoundList();
        facts.expect("pulled", Bodies.range(0, 10), Bodies.of(pulled));
    }

    private static void selector(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4);
        DefaultMQProducer producer = context.producer();
        int right = 0;
        for (int i = 0; i < 20; i++) {
            SendResult result = producer.send(message(topic, i), (queues, msg, arg) -> queues.get((Integer) arg % queues.size()), i);
            right += result.getMessageQueue().getQueueId() == i % 4 ? 1 : 0;
        }
        facts.expect("right-queue", 20, right);
        facts.expect("stored", 20, topic.storedUpTo(20));
    }

    private static void queue(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4).send(4);
        topic.storedUpTo(4);
        DefaultMQProducer producer = context.producer();
        for (int i = 0; i < 5; i++) {
            producer.send(message(topic, i), topic.queue(2));
        }
        topic.storedUpTo(9);
        List<Long> ends = new ArrayList<>();
        for (MessageQueue queue : topic.queues()) {
            ends.add(producer.maxOffset(queue));
        }
        facts.expect("queue-ends", List.of(1, 1, 6, 1), ends);
    }

    private static void properties(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1);
        DefaultMQProducer producer = context.producer(p -> p.setDefaultTopicQueueNums(1));
        Message message = new Message(topic.name, "tag-a", "key-1 key-2", "m0".getBytes());
        message.setFlag(7);
        message.putUserProperty("colour", "blue \u00e9");
        SendResult result = producer.send(message);
        topic.storedUpTo(1);
        MessageExt pulled = context.pullConsumer("g").pull(topic.queue(0), "*", 0, 32).getMsgFoundList().get(0);
        facts.expect("tags", "tag-a", pulled.getTags());
        facts.expect("keys", "key-1 key-2", pulled.getKeys());
        facts.expect("flag", 7, pulled.getFlag());
        facts.expect("user-property", true, "blue \u00e9".equals(pulled.getUserProperty("colour")));
        facts.expect("same-id", true, result.getMsgId().equals(pulled.getMsgId()));
        facts.expect("id-length", 32, result.getOffsetMsgId().length());
        facts.note("names", String.join(",", new TreeMap<>(pulled.getProperties()).keySet()));
        facts.expect("born-host-known", true, pulled.getBornHost() != null);
    }

    private static void autoTopic(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 4);
        DefaultMQProducer producer = context.producer();
        String before = "known";
        try {
            producer.fetchPublishMessageQueues(topic.name);
        } catch (MQClientException e) {
            before = "unknown";
        }
        facts.expect("before", "unknown", before);
        facts.expect("status", "SEND_OK", producer.send(message(topic, 0)).getSendStatus());
        facts.expect("write-queues", 4, topic.queues().size());
        DefaultMQPullConsumer consumer = context.pullConsumer("g");
        facts.expect("read-queues", 4, consumer.fetchSubscribeMessageQueues(topic.name).size());
    }

    /** A producer may wish for more queues than the default topic has. */
    private static void autoTopicQueues(Context context, Facts facts) throws Exception {
        String topic = context.name("t");
        DefaultMQProducer producer = context.producer(p -> p.setDefaultTopicQueueNums(16));
        producer.send(new Message(topic, "m0".getBytes()));
        DefaultMQPullConsumer consumer = context.pullConsumer("g");
        Wait.until(10, () -> {
            try {
                return !consumer.fetchSubscribeMessageQueues(topic).isEmpty();
            } catch (MQClientException notYetThere) {
                return false;
            }
        });
        facts.note("queues-when-16-are-asked", consumer.fetchSubscribeMessageQueues(topic).size());
    }

    private static void compressed(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1);
        DefaultMQProducer producer = context.producer(p -> p.setDefaultTopicQueueNums(1));
        String text = "0123456789".repeat(5000);
        producer.send(new Message(topic.name, text.getBytes()));
        topic.storedUpTo(1);
        MessageExt pulled = context.pullConsumer("g").pull(topic.queue(0), "*", 0, 32).getMsgFoundList().get(0);
        facts.expect("same-body", true, text.equals(new String(pulled.getBody())));
        // 5.x clears the flag of the system flags when it has inflated the body, 4.9 does not.
        facts.expect("stored-smaller", true, pulled.getStoreSize() < text.length() / 10);
    }

    /** Close to the default limit of 4 MiB, not compressed: many reads of the socket for one frame. */
    private static void bigBody(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1);
        DefaultMQProducer producer = context.producer(p -> {
            p.setDefaultTopicQueueNums(1);
            p.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
            p.setSendMsgTimeout(15_000);
        });
        byte[] body = new byte[4 * 1024 * 1024 - 4096];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) (i * 31 + i / 251);
        }
        facts.expect("status", "SEND_OK", producer.send(new Message(topic.name, body)).getSendStatus());
        topic.storedUpTo(1);
        MessageExt pulled = context.pullConsumer("g").pull(topic.queue(0), "*", 0, 32).getMsgFoundList().get(0);
        facts.expect("same-body", true, Arrays.equals(body, pulled.getBody()));
        facts.expect("tags", null, pulled.getTags());
    }

    private static Message message(Topic topic, int number) {
        return new Message(topic.name, ("m" + number).getBytes());
    }

    /** Counts by status, and whether each queue's offsets are 0, 1, 2, … without a gap. */
    private static void describe(Collection<SendResult> results, Facts facts) {
        Map<String, Long> statuses = results.stream()
            .collect(Collectors.groupingBy(r -> r.getSendStatus().name(), TreeMap::new, Collectors.counting()));
        Map<Integer, List<Long>> offsets = results.stream().collect(Collectors.groupingBy(
            r -> r.getMessageQueue().getQueueId(), TreeMap::new,
            Collectors.mapping(SendResult::getQueueOffset, Collectors.toList())));
        boolean contiguous = offsets.values().stream()
            .allMatch(list -> list.stream().distinct().count() == list.size() && list.stream().allMatch(o -> o >= 0 && o < list.size()));
        facts.expect("statuses", "{SEND_OK=20}", statuses);
        facts.expect("queues", 4, offsets.size());
        facts.expect("offsets-contiguous", true, contiguous);
    }
}
