package org.cometmq.conformance;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Bodies are short texts: m0, m1, … */
final class Bodies {
    private Bodies() {
    }

    static String of(Message message) {
        return new String(message.getBody());
    }

    static String of(List<MessageExt> messages) {
        return messages.stream().map(Bodies::of).collect(Collectors.joining(","));
    }

    /** What {@link #of(List)} gives for the bodies from..to-1. */
    static String range(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "m" + i).collect(Collectors.joining(","));
    }
}
