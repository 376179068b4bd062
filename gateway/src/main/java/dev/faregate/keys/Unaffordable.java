package dev.faregate.keys;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What becomes of a request whose explicit output limit is not affordable (ledger 2.2, "clamp").
public enum Unaffordable {
    /// It is refused, and told what it can afford.
    REFUSE,
    /// The limit sent upstream is lowered to what is affordable.
    CLAMP;

    /// The word in bodies, headers and the database.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The value of that word in any case; null for anything else.
    public static @Nullable Unaffordable find(@Nullable String word) {
        for (Unaffordable value : values()) {
            if (word != null && value.word().equalsIgnoreCase(word.strip())) {
                return value;
            }
        }
        return null;
    }
}
