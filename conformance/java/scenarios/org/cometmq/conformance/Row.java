package org.cometmq.conformance;

/** The result of one scenario, printed as one line of JSON. */
record Row(String scenario, boolean ok, String detail, long ms) {
    String toJson() {
        return "{\"scenario\":" + quote(scenario) + ",\"ok\":" + ok + ",\"detail\":" + quote(detail) + ",\"ms\":" + ms + "}";
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < 0x20 || c > 0x7e) {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
