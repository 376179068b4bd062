package dev.faregate.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/// Whatever becomes of the work, the loop hears of it: a request that waits for it holds money.
class OffLoopTest {
    private static <T> Supplier<T> outcome(Supplier<T> work) throws Exception {
        CompletableFuture<Supplier<T>> heard = new CompletableFuture<>();
        OffLoop.run(Runnable::run, work, heard::complete);
        return heard.get(10, TimeUnit.SECONDS);
    }

    @Test
    void goesOnWithTheResult() throws Exception {
        assertThat(outcome(() -> 7).get()).isEqualTo(7);
    }

    @Test
    void goesOnWithWhatWasThrown() throws Exception {
        Supplier<Integer> outcome = outcome(() -> {
            throw new IllegalArgumentException("no");
        });
        assertThatThrownBy(outcome::get).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void goesOnWhenTheStackRunsOut() throws Exception {
        Supplier<Integer> outcome = outcome(() -> deep(1));
        assertThatThrownBy(outcome::get).hasCauseInstanceOf(StackOverflowError.class);
    }

    /// Ends only when the number wraps around, which no stack is deep enough for.
    private static int deep(int level) {
        return level <= 0 ? 0 : deep(level + 1) + level;
    }
}
