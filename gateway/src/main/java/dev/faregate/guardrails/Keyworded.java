package dev.faregate.guardrails;

import java.util.List;
import java.util.Locale;

/// A detector that is only asked about texts with one of some words in them: most texts have none, and looking for
/// words is cheap. `words` are in lower case.
record Keyworded(List<String> words, Detector detector) implements Detector {
    Keyworded {
        words = List.copyOf(words);
    }

    @Override
    public void find(String text, Found found) {
        find(text, found, System.nanoTime() + Long.MAX_VALUE / 2);
    }

    @Override
    public void find(String text, Found found, long deadlineNanos) {
        String lower = text.toLowerCase(Locale.ROOT);
        for (String word : words) {
            if (lower.contains(word)) {
                detector.find(text, found, deadlineNanos);
                return;
            }
        }
    }
}
