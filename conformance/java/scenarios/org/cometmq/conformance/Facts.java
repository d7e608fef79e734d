package org.cometmq.conformance;

import java.util.Objects;

/**
 * What a scenario saw, as {@code name=value} pairs in the order of the calls. The text of one run on one server must be
 * equal to that of another server, so nothing may go in that differs from run to run: no address, id or time.
 */
final class Facts {
    private final StringBuilder text = new StringBuilder();
    private boolean ok = true;

    /** A fact that this project knows: another value fails the row. */
    synchronized Facts expect(String name, Object expected, Object actual) {
        note(name, actual);
        if (!Objects.equals(String.valueOf(expected), String.valueOf(actual))) {
            ok = false;
            text.append("(expected ").append(expected).append(')');
        }
        return this;
    }

    /** A fact that is only compared between servers. */
    synchronized Facts note(String name, Object actual) {
        if (text.length() > 0) {
            text.append(' ');
        }
        text.append(name).append('=').append(actual);
        return this;
    }

    synchronized void fail(String why) {
        ok = false;
        text.append(text.length() > 0 ? " " : "").append(why);
    }

    synchronized boolean ok() {
        return ok;
    }

    synchronized String detail() {
        return text.toString();
    }
}
