package org.cometmq.conformance;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All scenarios by name; a name is {@code family/scenario}. */
final class Registry {
    private final Map<String, Scenario> scenarios = new LinkedHashMap<>();

    /** Slow families stand first so that the others fill the gaps while these wait. */
    static Registry all() {
        Registry registry = new Registry();
        ResetScenarios.register(registry);
        RetryScenarios.register(registry);
        DelayScenarios.register(registry);
        RebalanceScenarios.register(registry);
        PushScenarios.register(registry);
        OffsetScenarios.register(registry);
        LitePullScenarios.register(registry);
        PullScenarios.register(registry);
        SendScenarios.register(registry);
        RefusalScenarios.register(registry);
        TlsScenarios.register(registry);
        AdminScenarios.register(registry);
        return registry;
    }

    void add(String name, Scenario scenario) {
        if (scenarios.put(name, scenario) != null) {
            throw new IllegalStateException("two scenarios are called " + name);
        }
    }

    /** Keeps those whose name or family is listed; an empty list keeps all. */
    Map<String, Scenario> select(List<String> only) {
        Map<String, Scenario> selected = new LinkedHashMap<>();
        scenarios.forEach((name, scenario) -> {
            String family = name.substring(0, name.indexOf('/'));
            if (only.isEmpty() || only.contains(name) || only.contains(family)) {
                selected.put(name, scenario);
            }
        });
        return selected;
    }
}
