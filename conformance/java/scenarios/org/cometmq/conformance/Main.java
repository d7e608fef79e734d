package org.cometmq.conformance;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code --namesrv host:port [--serialize json|rocketmq] [--only a,b] [--parallel n]}: one line of JSON per scenario. */
public final class Main {
    private static final Map<String, String> DEFAULTS =
        Map.of("namesrv", "", "serialize", "json", "only", "", "parallel", "8");

    private Main() {
    }

    public static void main(String[] args) throws Exception {
        Map<String, String> options = parse(args);
        // Read once by Apache's classes when they are loaded, hence before anything of theirs is touched.
        System.setProperty("rocketmq.serialize.type", options.get("serialize").toUpperCase());
        System.setProperty("rocketmq.client.rebalance.waitInterval", "1000");
        List<String> only = options.get("only").isEmpty() ? List.of() : Arrays.asList(options.get("only").split(","));
        Map<String, Scenario> selected = Registry.all().select(only);
        String run = "cf" + Long.toString(System.currentTimeMillis(), 36);
        new Runner(options.get("namesrv"), run, Integer.parseInt(options.get("parallel")), Main::print).run(selected);
        // Clients that did not shut down have threads that are not daemons.
        System.exit(0);
    }

    private static synchronized void print(Row row) {
        System.out.println(row.toJson());
        System.out.flush();
    }

    private static Map<String, String> parse(String[] args) {
        Map<String, String> options = new HashMap<>(DEFAULTS);
        for (int i = 0; i < args.length; i += 2) {
            String name = args[i].startsWith("--") ? args[i].substring(2) : "";
            if (!DEFAULTS.containsKey(name) || i + 1 == args.length) {
                throw new IllegalArgumentException("unknown or incomplete argument " + args[i]);
            }
            options.put(name, args[i + 1]);
        }
        if (options.get("namesrv").isEmpty()) {
            throw new IllegalArgumentException("--namesrv host:port is needed");
        }
        return options;
    }
}
