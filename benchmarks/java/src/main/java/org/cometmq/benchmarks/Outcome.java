package org.cometmq.benchmarks;

import java.util.Arrays;
import java.util.Locale;

/** What a load gave. Latencies are in microseconds; empty when the load has none. */
record Outcome(long messages, long errors, double seconds, int[] latencies) {
    String toJson() {
        int[] sorted = latencies.clone();
        Arrays.sort(sorted);
        return String.format(Locale.ROOT, "{\"messages\":%d,\"errors\":%d,\"seconds\":%.6f,\"p50Us\":%d,\"p99Us\":%d}",
            messages, errors, seconds, percentile(sorted, 0.5), percentile(sorted, 0.99));
    }

    /** Nearest rank. */
    private static int percentile(int[] sorted, double fraction) {
        if (sorted.length == 0) {
            return 0;
        }
        int rank = (int) Math.ceil(fraction * sorted.length);
        return sorted[Math.max(0, rank - 1)];
    }
}
