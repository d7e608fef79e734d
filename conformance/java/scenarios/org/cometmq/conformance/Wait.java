package org.cometmq.conformance;

import java.util.concurrent.Callable;

/** Waiting with an end: scenarios never sleep for a result, they wait until it is there. */
final class Wait {
    private static final long STEP_MS = 20;

    private Wait() {
    }

    /** True as soon as the condition holds, false when it does not within the time. */
    static boolean until(long seconds, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                return false;
            }
            Thread.sleep(STEP_MS);
        }
        return true;
    }

    /** For things that must not happen: gives them the time to happen. */
    static void quietly(long ms) throws InterruptedException {
        Thread.sleep(ms);
    }
}
