package dev.faregate.testkit;

/// What the upstream says about tokens. It never changes what was really produced ([Exchange#produced]).
public record UsageReport(When when, Place place, Lie lie) {
    /// As OpenAI does: in whole answers always, in streams when asked for, as a chunk of its own.
    public static final UsageReport OPENAI = new UsageReport(When.WHEN_ASKED, Place.OWN_CHUNK, Lie.NONE);

    /// Whether usage is sent at all.
    public enum When {
        /// In a stream only if `stream_options.include_usage` asks for it; in a whole answer always.
        WHEN_ASKED,
        ALWAYS,
        NEVER
    }

    /// Where a stream carries it.
    public enum Place {
        /// In a last chunk with `choices: []`.
        OWN_CHUNK,
        /// In the chunk that has the finish reason, as several other providers do.
        FINISH_CHUNK
    }

    /// How it is wrong.
    public enum Lie {
        NONE,
        /// Prompt and completion over-reported ten times.
        TIMES_TEN,
        /// All counts negative.
        NEGATIVE,
        /// Counts as JSON strings.
        TEXT,
        /// Counts beyond 64 bits.
        HUGE,
        /// Counts with a fraction.
        FRACTION,
        /// More cached than prompt tokens, more reasoning than completion tokens.
        PARTS_ABOVE_WHOLE,
        /// A JSON null where the object belongs.
        NULL
    }

    public UsageReport when(When when) {
        return new UsageReport(when, place, lie);
    }

    public UsageReport place(Place place) {
        return new UsageReport(when, place, lie);
    }

    public UsageReport lie(Lie lie) {
        return new UsageReport(when, place, lie);
    }

    boolean sent(boolean stream, boolean asked) {
        return switch (when) {
            case ALWAYS -> true;
            case NEVER -> false;
            case WHEN_ASKED -> !stream || asked;
        };
    }
}
