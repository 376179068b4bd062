package dev.faregate.observability;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What follows a try to deliver: done, again after a while, or given up. Pure.
///
/// @param waits before the second try, the third, ...; after the last one it is given up
record Retries(List<Duration> waits) {
    static final Retries USUAL = new Retries(
            List.of(Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4)));

    /// Traces in one call.
    static final int MOST_AT_ONCE = 100;

    /// For one call.
    static final Duration TIMEOUT = Duration.ofSeconds(10);

    /// A destination that asks for more patience is not waited for longer.
    private static final Duration LONGEST = Duration.ofSeconds(30);

    Retries {
        waits = List.copyOf(waits);
    }

    sealed interface Next {
        record Done() implements Next {}

        record Again(Duration pause) implements Next {}

        record GiveUp(String why) implements Next {}
    }

    /// After the try number `tried`, counted from 0.
    Next after(Sender.Result result, int tried) {
        return switch (result) {
            case Sender.Result.Answered(int status, String retryAfter) -> {
                if (status >= 200 && status < 300) {
                    yield new Next.Done();
                }
                boolean later = status == 408 || status == 429 || status >= 500;
                yield later
                        ? again(tried, seconds(retryAfter), "it answered " + status)
                        : new Next.GiveUp("it answered " + status);
            }
            case Sender.Result.Failed(String why, boolean forGood) ->
                forGood ? new Next.GiveUp(why) : again(tried, Duration.ZERO, why);
        };
    }

    private Next again(int tried, Duration asked, String why) {
        if (tried >= waits.size()) {
            return new Next.GiveUp(why);
        }
        Duration wait = waits.get(tried);
        return new Next.Again(asked.compareTo(wait) > 0 ? asked : wait);
    }

    private static Duration seconds(@Nullable String retryAfter) {
        if (retryAfter == null || !retryAfter.matches("\\d{1,6}")) {
            return Duration.ZERO;
        }
        Duration asked = Duration.ofSeconds(Long.parseLong(retryAfter));
        return asked.compareTo(LONGEST) < 0 ? asked : LONGEST;
    }
}
