package org.cometmq.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Runs scenarios side by side, each with a deadline of its own. */
final class Runner {
    private static final int DEADLINE_SECONDS = 60;
    private static final int CLOSE_SECONDS = 10;

    private final String namesrv;
    private final String run;
    private final int parallel;
    private final Consumer<Row> onRow;
    private final ExecutorService threads = Executors.newCachedThreadPool(Runner::daemon);

    Runner(String namesrv, String run, int parallel, Consumer<Row> onRow) {
        this.namesrv = namesrv;
        this.run = run;
        this.parallel = parallel;
        this.onRow = onRow;
    }

    void run(Map<String, Scenario> scenarios) throws InterruptedException, ExecutionException {
        ExecutorService slots = Executors.newFixedThreadPool(parallel, Runner::daemon);
        try (SharedProducers shared = new SharedProducers(namesrv, run)) {
            List<Future<?>> ends = new ArrayList<>();
            scenarios.forEach((name, scenario) -> ends.add(slots.submit(() -> {
                Context context = new Context(namesrv, run, name, shared);
                onRow.accept(row(name, scenario, context));
                within(CLOSE_SECONDS, context::close);
            })));
            for (Future<?> end : ends) {
                end.get();
            }
        }
    }

    private Row row(String name, Scenario scenario, Context context) {
        long start = System.nanoTime();
        Facts facts = new Facts();
        within(DEADLINE_SECONDS, () -> {
            try {
                scenario.run(context, facts);
            } catch (InterruptedException e) {
                facts.fail("not finished within " + DEADLINE_SECONDS + " s");
            } catch (Exception | LinkageError e) {
                facts.fail(describe(e));
                e.printStackTrace();
            }
        }).ifLate(() -> facts.fail("not finished within " + DEADLINE_SECONDS + " s"));
        return new Row(name, facts.ok(), facts.detail(), (System.nanoTime() - start) / 1_000_000);
    }

    /** Never hangs: work that ignores its interruption is left behind on its daemon thread. */
    private Outcome within(int seconds, Runnable work) {
        Future<?> future = threads.submit(work);
        try {
            future.get(seconds, TimeUnit.SECONDS);
            return Outcome.DONE;
        } catch (TimeoutException | InterruptedException | ExecutionException e) {
            future.cancel(true);
            return Outcome.LATE;
        }
    }

    private static String describe(Throwable e) {
        String text = String.valueOf(e.getMessage());
        int end = text.indexOf('\n');
        return e.getClass().getSimpleName() + ": " + (end < 0 ? text : text.substring(0, end));
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    }

    private enum Outcome {
        DONE, LATE;

        void ifLate(Runnable then) {
            if (this == LATE) {
                then.run();
            }
        }
    }
}
