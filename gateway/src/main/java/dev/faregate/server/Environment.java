package dev.faregate.server;

import dev.faregate.base.Secret;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// The variables this process was started with. They hold other people's secrets, so they print as nothing.
public final class Environment {
    private final Map<String, String> variables;

    public Environment(Map<String, String> variables) {
        this.variables = Map.copyOf(variables);
    }

    /// A variable's text; one that is set but empty counts as not set, as people write it in compose files.
    public Optional<String> find(String name) {
        return Optional.ofNullable(variables.get(name)).filter(text -> !text.isEmpty());
    }

    /// The same for a variable that holds a secret, such as `OPENAI_API_KEY`.
    public Optional<Secret> findSecret(String name) {
        return find(name).map(Secret::of);
    }

    /// The names that begin with `prefix`, in order.
    SortedSet<String> names(String prefix) {
        SortedSet<String> names = new TreeSet<>(variables.keySet());
        names.removeIf(name -> !name.startsWith(prefix));
        return names;
    }

    @Override
    public String toString() {
        return "[environment]";
    }
}
