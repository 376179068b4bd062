package dev.faregate.guardrails;

/// Finds one kind of thing in a text, in time linear in its length. Immutable; used by many threads.
interface Detector {
    /// Hears of what was found, from left to right.
    interface Found {
        /// `text[from, to)`, never empty; false when nothing more need be found.
        boolean at(int from, int to);
    }

    void find(String text, Found found);

    /// As above, but not beyond a moment of `System.nanoTime`, where it could take long: then it throws
    /// [LinearPattern.TooMuchWork].
    default void find(String text, Found found, long deadlineNanos) {
        find(text, found);
    }
}
