package org.cometmq.conformance;

import java.util.Random;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;

/** What the servers refuse, and with which code. */
@SuppressWarnings("deprecation")
final class RefusalScenarios {
    private static final int SEND_MESSAGE_V2 = 310;

    private RefusalScenarios() {
    }

    static void register(Registry registry) {
        registry.add("refusal/body-too-large", RefusalScenarios::bodyTooLarge);
        registry.add("refusal/properties-too-large", RefusalScenarios::propertiesTooLarge);
        registry.add("refusal/illegal-topic", RefusalScenarios::illegalTopic);
        registry.add("refusal/unknown-request", RefusalScenarios::unknownRequest);
        registry.add("refusal/unknown-topic", RefusalScenarios::unknownTopic);
        registry.add("refusal/unknown-queue", RefusalScenarios::unknownQueue);
    }

    private static void bodyTooLarge(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(1);
        DefaultMQProducer producer = context.producer(p -> {
            p.setMaxMessageSize(8 * 1024 * 1024);
            p.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
            p.setSendMsgTimeout(15_000);
        });
        byte[] body = new byte[5 * 1024 * 1024];
        new Random(1).nextBytes(body);
        facts.expect("code", 13, code(() -> producer.send(new Message(topic.name, body))));
        facts.expect("next", "SEND_OK", producer.send(new Message(topic.name, "m1".getBytes())).getSendStatus());
    }

    private static void propertiesTooLarge(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(1);
        DefaultMQProducer producer = context.producer();
        Message message = new Message(topic.name, "m1".getBytes());
        message.putUserProperty("long", "x".repeat(40_000));
        facts.expect("code", 13, code(() -> producer.send(message)));
    }

    /** The client refuses such names itself, so the request is composed by hand and sent on its connection. */
    private static void illegalTopic(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(1);
        DefaultMQProducer producer = context.producer();
        facts.expect("client", true, refusedByClient(producer, "no spaces allowed"));
        producer.send(new Message(topic.name, "m1".getBytes()));
        for (String name : new String[] {"no spaces allowed", "x".repeat(128), "SCHEDULE_TOPIC_XXXX", "TBW102"}) {
            RemotingCommand answer = invoke(producer, topic.queue(0), send(name));
            facts.note(name.length() > 100 ? "128-characters" : name.replace(' ', '_'), answer.getCode());
        }
    }

    private static void unknownRequest(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(1);
        DefaultMQProducer producer = context.producer();
        producer.send(new Message(topic.name, "m1".getBytes()));
        RemotingCommand answer = invoke(producer, topic.queue(0), RemotingCommand.createRequestCommand(29_999, null));
        facts.expect("code", 3, answer.getCode());
    }

    private static void unknownTopic(Context context, Facts facts) throws Exception {
        Topic known = context.topic("t", 1).send(1);
        DefaultMQPullConsumer consumer = context.pullConsumer("g");
        MessageQueue queue = known.queue(0);
        // The route of a known topic tells the client where the broker is.
        consumer.pull(queue, "*", 0, 1);
        MessageQueue unknown = new MessageQueue(context.name("nowhere"), queue.getBrokerName(), 0);
        facts.note("route", code(() -> consumer.fetchSubscribeMessageQueues(context.name("nowhere"))));
        facts.note("pull", code(() -> consumer.pull(unknown, "*", 0, 1)));
        facts.note("max-offset", outcome(() -> consumer.maxOffset(unknown)));
    }

    private static void unknownQueue(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(1);
        DefaultMQPullConsumer consumer = context.pullConsumer("g");
        MessageQueue queue = topic.queue(0);
        consumer.pull(queue, "*", 0, 1);
        MessageQueue unknown = new MessageQueue(topic.name, queue.getBrokerName(), 9);
        facts.note("pull", code(() -> consumer.pull(unknown, "*", 0, 1)));
        facts.note("max-offset", outcome(() -> consumer.maxOffset(unknown)));
        DefaultMQProducer producer = context.producer();
        facts.note("send", code(() -> producer.send(new Message(topic.name, "m1".getBytes()), unknown)));
    }

    private static RemotingCommand send(String topic) {
        RemotingCommand request = RemotingCommand.createRequestCommand(SEND_MESSAGE_V2, null);
        String[][] fields = {{"a", "group"}, {"b", topic}, {"c", "TBW102"}, {"d", "4"}, {"e", "0"}, {"f", "0"},
            {"g", "1700000000000"}, {"h", "0"}, {"i", ""}, {"j", "0"}, {"k", "false"}, {"m", "false"}};
        for (String[] field : fields) {
            request.addExtField(field[0], field[1]);
        }
        request.setBody("m".getBytes());
        return request;
    }

    private static RemotingCommand invoke(DefaultMQProducer producer, MessageQueue queue, RemotingCommand request) throws Exception {
        MQClientInstance client = producer.getDefaultMQProducerImpl().getMqClientFactory();
        String address = client.findBrokerAddressInPublish(queue.getBrokerName());
        return client.getMQClientAPIImpl().getRemotingClient().invokeSync(address, request, 5000);
    }

    private static boolean refusedByClient(DefaultMQProducer producer, String topic) throws Exception {
        try {
            producer.send(new Message(topic, "m".getBytes()));
            return false;
        } catch (MQClientException e) {
            return true;
        }
    }

    private static String outcome(Call call) throws Exception {
        try {
            return String.valueOf(call.run());
        } catch (MQBrokerException | MQClientException e) {
            return "code-" + code(() -> {
                throw e;
            });
        }
    }

    /** The answer's code as the user sees it, or what was given instead of a refusal. */
    private static String code(Call call) throws Exception {
        try {
            Object result = call.run();
            return "none(" + result.getClass().getSimpleName() + ")";
        } catch (MQBrokerException e) {
            return String.valueOf(e.getResponseCode());
        } catch (MQClientException e) {
            return e.getCause() instanceof MQBrokerException cause
                ? String.valueOf(cause.getResponseCode())
                : "client" + e.getResponseCode();
        }
    }

    @FunctionalInterface
    private interface Call {
        Object run() throws Exception;
    }
}
