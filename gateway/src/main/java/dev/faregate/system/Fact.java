package dev.faregate.system;

import dev.faregate.pages.Counts;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A name and what it is: a text, or a time that is told as how long ago.
public record Fact(String name, String text, @Nullable Instant at) {
    static Fact of(String name, String text) {
        return new Fact(name, text, null);
    }

    static Fact at(String name, Instant at) {
        return new Fact(name, "", at);
    }

    /// A figure since the start of this process.
    static Fact count(String name, long count) {
        return of(name, Counts.exact(count));
    }
}
