package org.cometmq.conformance;

/** One row of the table: uses the client as a program would and writes down what it saw. */
@FunctionalInterface
interface Scenario {
    void run(Context context, Facts facts) throws Exception;
}
