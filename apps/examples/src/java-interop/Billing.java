import java.nio.charset.StandardCharsets;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** A Java service that takes orders from one topic and sends invoices to another. Nothing in it knows CometMQ. */
public final class Billing {
    public static void main(String[] args) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer("billing-producer");
        producer.setNamesrvAddr(args[0]);
        producer.start();

        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("billing");
        consumer.setNamesrvAddr(args[0]);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe("java-orders", "created");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            try {
                for (MessageExt order : messages) {
                    String body = new String(order.getBody(), StandardCharsets.UTF_8);
                    System.out.println("  Java:  order " + order.getKeys() + " of " + order.getUserProperty("customer") + ": " + body);
                    String invoice = "{\"order\":\"" + order.getKeys() + "\",\"invoice\":" + body + "}";
                    producer.send(new Message("java-invoices", "invoice", order.getKeys(), invoice.getBytes(StandardCharsets.UTF_8)));
                }
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            } catch (Exception e) {
                return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            }
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            consumer.shutdown();
            producer.shutdown();
        }));
        consumer.start();
        System.out.println("  Java:  ready");
    }
}
