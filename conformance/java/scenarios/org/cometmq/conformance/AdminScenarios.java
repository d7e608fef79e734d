package org.cometmq.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.MQVersion;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/**
 * What tools ask of every installation. The answers' classes moved to other packages in 5.x, hence {@code var}: their names
 * may not appear in sources that are compiled against both.
 */
@SuppressWarnings("deprecation")
final class AdminScenarios {
    private AdminScenarios() {
    }

    static void register(Registry registry) {
        registry.add("admin/create-topic", AdminScenarios::createTopic);
        registry.add("admin/delete-topic", AdminScenarios::deleteTopic);
        registry.add("admin/topic-route", AdminScenarios::topicRoute);
        registry.add("admin/topic-list", AdminScenarios::topicList);
        registry.add("admin/topic-stats", AdminScenarios::topicStats);
        registry.add("admin/cluster-info", AdminScenarios::clusterInfo);
        registry.add("admin/consume-progress", AdminScenarios::consumeProgress);
        registry.add("admin/consumer-connection", AdminScenarios::consumerConnection);
        registry.add("admin/query-by-key", AdminScenarios::queryByKey);
        registry.add("admin/view-message", AdminScenarios::viewMessage);
    }

    private static void createTopic(Context context, Facts facts) throws Exception {
        DefaultMQAdminExt admin = context.admin();
        String topic = context.name("t");
        admin.createAndUpdateTopicConfig(masterAddress(admin), new TopicConfig(topic, 6, 5, 6));
        facts.expect("in-route", true, Wait.until(10, () -> inRoute(admin, topic)));
        var queues = admin.examineTopicRouteInfo(topic).getQueueDatas().get(0);
        facts.expect("read", 6, queues.getReadQueueNums());
        facts.expect("write", 5, queues.getWriteQueueNums());
        facts.expect("perm", 6, queues.getPerm());
        DefaultMQProducer producer = context.producer();
        facts.expect("send", "SEND_OK", producer.send(new Message(topic, "m0".getBytes())).getSendStatus());
    }

    private static void deleteTopic(Context context, Facts facts) throws Exception {
        DefaultMQAdminExt admin = context.admin();
        Topic topic = context.topic("t", 2).send(2);
        topic.storedUpTo(2);
        String master = masterAddress(admin);
        admin.deleteTopicInBroker(Set.of(master), topic.name);
        String cluster = admin.examineBrokerClusterInfo().getClusterAddrTable().keySet().iterator().next();
        Set<String> servers = Set.of(admin.getNamesrvAddr());
        // The two texts changed places in 5.x.
        if (MQVersion.CURRENT_VERSION < MQVersion.Version.V5_0_0.ordinal()) {
            admin.deleteTopicInNameServer(servers, topic.name, cluster);
        } else {
            admin.deleteTopicInNameServer(servers, cluster, topic.name);
        }
        facts.expect("gone", true, Wait.until(10, () -> !inRoute(admin, topic.name)));
    }

    private static void topicRoute(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 3).send(1);
        topic.storedUpTo(1);
        var route = context.admin().examineTopicRouteInfo(topic.name);
        facts.expect("brokers", 1, route.getBrokerDatas().size());
        facts.expect("broker-ids", "[0]", route.getBrokerDatas().get(0).getBrokerAddrs().keySet());
        facts.expect("queue-datas", 1, route.getQueueDatas().size());
        var queues = route.getQueueDatas().get(0);
        facts.expect("same-broker", route.getBrokerDatas().get(0).getBrokerName().equals(queues.getBrokerName()), true);
        facts.expect("read", 3, queues.getReadQueueNums());
        facts.expect("write", 3, queues.getWriteQueueNums());
        facts.expect("perm", 6, queues.getPerm());
        facts.note("sys-flag", queues.getTopicSysFlag());
    }

    private static void topicList(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(1);
        topic.storedUpTo(1);
        Set<String> topics = context.admin().fetchAllTopicList().getTopicList();
        facts.expect("new-topic", true, topics.contains(topic.name));
        List<String> system = List.of("TBW102", "SELF_TEST_TOPIC", "BenchmarkTest", "OFFSET_MOVED_EVENT",
            "SCHEDULE_TOPIC_XXXX", "RMQ_SYS_TRANS_HALF_TOPIC");
        facts.note("system-topics", system.stream().filter(topics::contains).collect(Collectors.joining(",")));
    }

    private static void topicStats(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 2).send(7);
        topic.storedUpTo(7);
        var offsets = context.admin().examineTopicStats(topic.name).getOffsetTable();
        facts.expect("queues", 2, offsets.size());
        facts.expect("min", 0, offsets.values().stream().mapToLong(o -> o.getMinOffset()).sum());
        facts.expect("max", 7, offsets.values().stream().mapToLong(o -> o.getMaxOffset()).sum());
        facts.expect("updated", true, offsets.values().stream().allMatch(o -> o.getLastUpdateTimestamp() > 0));
    }

    private static void clusterInfo(Context context, Facts facts) throws Exception {
        var info = context.admin().examineBrokerClusterInfo();
        facts.expect("clusters", 1, info.getClusterAddrTable().size());
        facts.expect("brokers", 1, info.getBrokerAddrTable().size());
        var broker = info.getBrokerAddrTable().values().iterator().next();
        facts.expect("broker-ids", "[0]", broker.getBrokerAddrs().keySet());
        facts.expect("cluster-known", true, info.getClusterAddrTable().containsKey(broker.getCluster()));
    }

    private static void consumeProgress(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 2).send(10);
        topic.storedUpTo(10);
        Collector collector = new Collector();
        var consumer = context.pushConsumer("g");
        consumer.subscribe(topic.name, "*");
        consumer.registerMessageListener(collector);
        consumer.start();
        collector.await(10);
        consumer.shutdown();
        topic.send(4);
        topic.storedUpTo(14);
        DefaultMQAdminExt admin = context.admin();
        String group = consumer.getConsumerGroup();
        facts.expect("lag", true, Wait.until(10, () -> admin.examineConsumeStats(group, topic.name).computeTotalDiff() == 4));
        var offsets = admin.examineConsumeStats(group, topic.name).getOffsetTable();
        facts.expect("queues", 2, offsets.size());
        facts.expect("broker", 14, offsets.values().stream().mapToLong(o -> o.getBrokerOffset()).sum());
        facts.expect("consumer", 10, offsets.values().stream().mapToLong(o -> o.getConsumerOffset()).sum());
    }

    private static void consumerConnection(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(1);
        Collector collector = new Collector();
        var consumer = context.pushConsumer("g");
        consumer.subscribe(topic.name, "a || b");
        consumer.registerMessageListener(collector);
        consumer.start();
        DefaultMQAdminExt admin = context.admin();
        var info = admin.examineConsumerConnectionInfo(consumer.getConsumerGroup());
        facts.expect("connections", 1, info.getConnectionSet().size());
        facts.expect("type", "CONSUME_PASSIVELY", info.getConsumeType());
        facts.expect("model", "CLUSTERING", info.getMessageModel());
        facts.expect("from", "CONSUME_FROM_FIRST_OFFSET", info.getConsumeFromWhere());
        facts.expect("subscription", "a || b", info.getSubscriptionTable().get(topic.name).getSubString());
        facts.expect("subscriptions", 2, info.getSubscriptionTable().size());
    }

    private static void queryByKey(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 2).send(2);
        DefaultMQProducer producer = context.producer();
        String key = "order-17";
        SendResult sent = producer.send(new Message(topic.name, "a", key + " other", "by-key".getBytes()));
        long end = System.currentTimeMillis() + 60_000;
        List<MessageExt> found = new ArrayList<>();
        Wait.until(10, () -> {
            try {
                found.addAll(producer.queryMessage(topic.name, key, 10, end - 3_600_000, end).getMessageList());
                return true;
            } catch (MQClientException notYetIndexed) {
                return false;
            }
        });
        facts.expect("found", "by-key", Bodies.of(found));
        facts.expect("same-id", true, !found.isEmpty() && found.get(0).getMsgId().equals(sent.getMsgId()));
    }

    private static void viewMessage(Context context, Facts facts) throws Exception {
        Topic topic = context.topic("t", 1).send(1);
        DefaultMQProducer producer = context.producer();
        SendResult sent = producer.send(new Message(topic.name, "a", "viewed".getBytes()));
        MessageExt viewed = producer.viewMessage(topic.name, sent.getOffsetMsgId());
        facts.expect("body", "viewed", Bodies.of(viewed));
        facts.expect("tags", "a", viewed.getTags());
        facts.expect("queue-offset", sent.getQueueOffset(), viewed.getQueueOffset());
    }

    private static String masterAddress(DefaultMQAdminExt admin) throws Exception {
        return admin.examineBrokerClusterInfo().getBrokerAddrTable().values().iterator().next().getBrokerAddrs().get(0L);
    }

    private static boolean inRoute(DefaultMQAdminExt admin, String topic) throws Exception {
        try {
            return !admin.examineTopicRouteInfo(topic).getQueueDatas().isEmpty();
        } catch (MQClientException unknown) {
            return false;
        }
    }
}
