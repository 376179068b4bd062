package dev.faregate.base;

import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Work that takes too long for an event loop: nothing may hold one for more than a millisecond.
public final class OffLoop {
    private OffLoop() {}

    /// Computes on a virtual thread and goes on with the outcome on `loop`, whatever it is: `then` gets a supplier
    /// that returns the result, or throws what the work threw. Work on what clients send may well run out of stack.
    public static <T> void run(Executor loop, Supplier<T> work, Consumer<Supplier<T>> then) {
        Thread.startVirtualThread(() -> {
            Supplier<T> outcome;
            try {
                T result = work.get();
                outcome = () -> result;
            } catch (RuntimeException e) {
                outcome = () -> {
                    throw e;
                };
            } catch (StackOverflowError e) {
                outcome = () -> {
                    throw new IllegalStateException("nested too deep", e);
                };
            }
            Supplier<T> known = outcome;
            loop.execute(() -> then.accept(known));
        });
    }
}
