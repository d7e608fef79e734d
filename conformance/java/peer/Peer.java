import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.selector.SelectMessageQueueByHash;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** The Java side of a scenario with two kinds of client; run as a source file, tells what it does in lines of JSON. */
public final class Peer {
    private static final int LONGEST_PRINTED = 100;

    public static void main(String[] args) {
        try {
            run(args);
        } catch (Exception e) {
            // The clients' threads would keep the process alive.
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static void run(String[] args) throws Exception {
        switch (args[0]) {
            case "produce":
                produce(args[1], args[2]);
                System.exit(0);
                break;
            case "compress":
                compress(args[1], args[2]);
                System.exit(0);
                break;
            case "admin":
                admin(args[1], args[2], args[3]);
                System.exit(0);
                break;
            case "consume":
                consume(args[1], args[2], args[3], args[4], args[5], args[6]);
                break;
            default:
                throw new IllegalArgumentException(args[0]);
        }
    }

    private static void produce(String namesrv, String topic) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(topic + "-java-producer");
        producer.setNamesrvAddr(namesrv);
        producer.setSendMsgTimeout(10_000);
        producer.start();
        Message plain = new Message(topic, "tag-a", "key-1 key-2", bytes("plain ü"));
        plain.putUserProperty("colour", "blue");
        sent("plain ü", producer.send(plain));
        byte[] large = bytes("0123456789".repeat(5000));
        sent("large", producer.send(new Message(topic, "large", large)));
        List<Message> batch = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            batch.add(new Message(topic, "batch", bytes("batch-" + i)));
        }
        producer.send(batch);
        for (int i = 0; i < 10; i++) {
            for (String key : new String[] {"ada", "bob", "cyd"}) {
                Message message = new Message(topic, "ordered", bytes(key + "-" + i));
                sent(key + "-" + i, producer.send(message, new SelectMessageQueueByHash(), key));
            }
        }
        producer.shutdown();
    }

    /** One long body per algorithm that the client knows. */
    private static void compress(String namesrv, String topic) throws Exception {
        for (String algorithm : new String[] {"ZLIB", "LZ4", "ZSTD"}) {
            System.setProperty("rocketmq.message.compressType", algorithm);
            DefaultMQProducer producer = new DefaultMQProducer(topic + "-" + algorithm);
            producer.setNamesrvAddr(namesrv);
            producer.setSendMsgTimeout(10_000);
            producer.start();
            producer.send(new Message(topic, algorithm, bytes("0123456789".repeat(5000))));
            producer.shutdown();
        }
    }

    /** What an administrator sees of a group's only member, and can do to it. */
    private static void admin(String namesrv, String topic, String group) throws Exception {
        DefaultMQAdminExt admin = new DefaultMQAdminExt();
        admin.setNamesrvAddr(namesrv);
        admin.setAdminExtGroup(group + "-admin");
        admin.start();
        var members = admin.examineConsumerConnectionInfo(group);
        var member = members.getConnectionSet().iterator().next();
        seen("members", members.getConnectionSet().size());
        seen("kind", members.getConsumeType() + " " + members.getMessageModel() + " " + members.getConsumeFromWhere());
        seen("filter", members.getSubscriptionTable().get(topic).getSubString());
        var running = admin.getConsumerRunningInfo(group, member.getClientId(), false);
        seen("orderly", running.getProperties().get("PROP_CONSUMEORDERLY"));
        seen("queues", running.getMqTable().keySet().stream().filter(queue -> queue.getTopic().equals(topic)).count());
        seen("subscriptions", running.getSubscriptionSet().size());
        var stats = admin.examineConsumeStats(group, topic);
        seen("behind", stats.computeTotalDiff());
        MessageExt first = admin.queryMessage(topic, "k0", 10, 0, Long.MAX_VALUE).getMessageList().get(0);
        seen("found", text(first));
        var done = admin.consumeMessageDirectly(group, member.getClientId(), topic, first.getMsgId());
        seen("directly", done.getConsumeResult() + " " + done.isOrder());
        var positions = admin.getConsumeStatus(topic, group, member.getClientId());
        seen("positions", positions.values().stream().flatMap(queues -> queues.values().stream()).mapToLong(at -> at).sum());
        seen("reset", admin.resetOffsetByTimestamp(topic, group, 0, true).size());
        admin.shutdown();
    }

    private static void seen(String name, Object value) {
        print("{\"seen\":" + quoted(name) + ",\"value\":" + quoted(String.valueOf(value)) + "}");
    }

    private static void consume(String namesrv, String topic, String group, String mode, String refused, String namespace)
        throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group);
        consumer.setNamesrvAddr(namesrv);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        if (!namespace.isEmpty()) {
            consumer.setNamespace(namespace);
        }
        consumer.setPollNameServerInterval(1000);
        consumer.setHeartbeatBrokerInterval(3000);
        consumer.setConsumeThreadMin(4);
        consumer.setConsumeThreadMax(4);
        consumer.subscribe(topic, "*");
        if (mode.equals("orderly")) {
            consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
                messages.forEach(Peer::received);
                return ConsumeOrderlyStatus.SUCCESS;
            });
        } else {
            consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
                messages.forEach(Peer::received);
                return messages.stream().anyMatch(message -> text(message).equals(refused))
                    ? ConsumeConcurrentlyStatus.RECONSUME_LATER
                    : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
        }
        Runtime.getRuntime().addShutdownHook(new Thread(consumer::shutdown));
        consumer.start();
        print("{\"ready\":true}");
    }

    private static void sent(String body, SendResult result) {
        print("{\"sent\":" + quoted(body) + ",\"id\":" + quoted(result.getMsgId())
            + ",\"queue\":" + result.getMessageQueue().getQueueId() + "}");
    }

    private static void received(MessageExt message) {
        print("{\"body\":" + quoted(text(message)) + ",\"id\":" + quoted(message.getMsgId())
            + ",\"tags\":" + quoted(message.getTags()) + ",\"keys\":" + quoted(message.getKeys())
            + ",\"colour\":" + quoted(message.getUserProperty("colour")) + ",\"queue\":" + message.getQueueId()
            + ",\"topic\":" + quoted(message.getTopic())
            + ",\"times\":" + message.getReconsumeTimes() + "}");
    }

    /** Long bodies as their length and checksum. */
    private static String text(MessageExt message) {
        byte[] body = message.getBody();
        if (body.length <= LONGEST_PRINTED) {
            return new String(body, StandardCharsets.UTF_8);
        }
        CRC32 crc = new CRC32();
        crc.update(body);
        return body.length + " bytes " + Long.toHexString(crc.getValue());
    }

    private static synchronized void print(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String quoted(String text) {
        return text == null ? "null" : "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
