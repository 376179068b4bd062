package dev.faregate.testkit;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Which script a request gets: the next queued one, else the one of its model, else the one its model's
/// name spells, else a draw from the mix, else the default. Thread-safe.
final class Chooser {
    private static final int MAX_QUEUED = 100_000;

    private final Deque<Script> queue = new ArrayDeque<>();
    private final Map<String, Script> byModel = new TreeMap<>();
    private @Nullable Mix mix;
    private Script fallback = Script.answer();

    synchronized void enqueue(List<Script> scripts) {
        if (queue.size() + scripts.size() > MAX_QUEUED) {
            throw new IllegalStateException("more than " + MAX_QUEUED + " scripts queued");
        }
        queue.addAll(scripts);
    }

    synchronized void forModel(String model, Script script) {
        byModel.put(model, script);
    }

    synchronized void mix(Mix scripts) {
        mix = scripts.isEmpty() ? null : scripts;
    }

    synchronized void fallback(Script script) {
        fallback = script;
    }

    synchronized List<String> models() {
        return List.copyOf(byModel.keySet());
    }

    /// The script of the next request if it answers before the body, when the model is not known yet.
    synchronized Optional<Script> chooseEarly() {
        Script next = queue.peek();
        if (next != null) {
            return next.preface().beforeRequestBody() ? Optional.ofNullable(queue.poll()) : Optional.empty();
        }
        return mix == null && fallback.preface().beforeRequestBody() ? Optional.of(fallback) : Optional.empty();
    }

    synchronized Script choose(String model, @Nullable String marker, long sequence) {
        Script queued = queue.poll();
        if (queued != null) {
            return queued;
        }
        Script script = byModel.get(model);
        if (script != null) {
            return script;
        }
        if (NamedScripts.isOne(model)) {
            return NamedScripts.ofModel(fallback, model).orElseGet(() -> Script.refusing(404));
        }
        return mix == null ? fallback : mix.pick(marker, sequence);
    }
}
