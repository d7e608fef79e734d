package org.cometmq.benchmarks;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Loads a RocketMQ server with Apache's own client. Every line of standard input is one order, `kind key=value…`; every order is
 * answered by one line of JSON. One JVM serves all rounds, so that it stays warm. Ends with the input.
 */
public final class Main {
    private Main() {
    }

    public static void main(String[] args) throws Exception {
        String namesrv = args[0];
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (SendLoad send = new SendLoad(namesrv)) {
            System.out.println("{\"ready\":true}");
            for (String line = orders.readLine(); line != null; line = orders.readLine()) {
                System.out.println(answer(namesrv, send, line));
            }
        }
        // The client leaves threads behind that would keep the JVM alive.
        System.exit(0);
    }

    private static String answer(String namesrv, SendLoad send, String line) {
        String[] words = line.trim().split(" ");
        Order order = new Order(Stream.of(words).skip(1).map(word -> word.split("=", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1])));
        try {
            return switch (words[0]) {
                case "sync" -> send.sync(order).toJson();
                case "async" -> send.async(order).toJson();
                case "batch" -> send.batch(order).toJson();
                case "consume" -> new ConsumeLoad(namesrv).run(order).toJson();
                default -> throw new IllegalArgumentException("no load is called " + words[0]);
            };
        } catch (Exception e) {
            return "{\"error\":\"" + String.valueOf(e).replaceAll("[\"\\\\\\p{Cntrl}]", " ") + "\"}";
        }
    }

    /** What to do: topic, size of a body, how many at a time, and when to stop: after `ms` or after `count` messages. */
    record Order(Map<String, String> values) {
        String topic() {
            return values.get("topic");
        }

        int size() {
            return number("size", 128);
        }

        int width() {
            return number("width", 1);
        }

        long ms() {
            return number("ms", 600_000);
        }

        int count() {
            return number("count", Integer.MAX_VALUE);
        }

        String text(String key) {
            return values.get(key);
        }

        private int number(String key, int other) {
            return values.containsKey(key) ? Integer.parseInt(values.get(key)) : other;
        }
    }
}
