package org.cometmq.benchmarks;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/** The last latencies of a load, in microseconds; bounded, older ones are overwritten. */
final class Latencies {
    private static final int CAPACITY = 1 << 21;
    private final int[] values = new int[CAPACITY];
    private final AtomicInteger next = new AtomicInteger();

    void add(long nanos) {
        int at = next.getAndIncrement() & (CAPACITY - 1);
        values[at] = (int) Math.min(Integer.MAX_VALUE, nanos / 1000);
    }

    int[] all() {
        return Arrays.copyOf(values, Math.min(CAPACITY, next.get()));
    }
}
