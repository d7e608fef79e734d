package org.cometmq.conformance;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Bodies are short texts: m0, m1, … */
final class Bodies {
    private Bodies() {
    }

    /** A listener that knows which bodies it has seen. */
    interface Source {
        Set<String> distinct();
    }

    static String of(Message message) {
        return new String(message.getBody());
    }

    static String of(List<MessageExt> messages) {
        return messages.stream().map(Bodies::of).collect(Collectors.joining(","));
    }

    static int number(String body) {
        return Integer.parseInt(body.substring(1));
    }

    /** What {@link #of(List)} gives for the bodies from..to-1. */
    static String range(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "m" + i).collect(Collectors.joining(","));
    }
}
