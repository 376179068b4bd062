package dev.faregate.providers;

import dev.faregate.base.Secret;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The access token of one account, kept until shortly before it expires. Whoever asks never blocks; a new token is got
/// on a virtual thread, one at a time, and while the old one is still good nobody waits for it. Safe to share between
/// threads.
final class AccessTokens {
    /// A token is renewed so long before it expires, but not before three quarters of its life are over.
    private static final Duration AHEAD = Duration.ofMinutes(5);

    /// So long a failure is told again before the next try: each request would be a try otherwise.
    static final Duration PAUSE = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(AccessTokens.class);

    /// What came of asking for a token.
    sealed interface Answer {
        /// `life`: how long it is good from now on.
        record Token(Secret text, Duration life) implements Answer {}

        /// The account is not taken, which is for its owner to mend.
        record Refused(String why) implements Answer {}

        /// Nobody said whether it would be.
        record Failed(String why) implements Answer {}
    }

    /// An answer with the moments from which on it is asked for anew, and is no longer told.
    private record Known(Answer answer, Instant renewAt, Instant goodUntil) {}

    private final String whose;
    private final Supplier<Answer> ask;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Known known;
    private @Nullable CompletableFuture<Answer> pending;

    /// `whose` names the account in the log; `ask` may block, within a time limit of its own.
    AccessTokens(String whose, Supplier<Answer> ask, InstantSource clock) {
        this.whose = whose;
        this.ask = ask;
        this.clock = clock;
    }

    /// What is known, or will be as soon as somebody was asked.
    CompletableFuture<Answer> get() {
        lock.lock();
        try {
            Instant now = clock.instant();
            Known latest = known;
            if (latest != null && now.isBefore(latest.goodUntil())) {
                if (!now.isBefore(latest.renewAt())) {
                    asked();
                }
                return CompletableFuture.completedFuture(latest.answer());
            }
            return asked();
        } finally {
            lock.unlock();
        }
    }

    /// Says that a token was refused although it was thought good.
    void refused(Secret text) {
        lock.lock();
        try {
            if (known != null && known.answer() instanceof Answer.Token token && token.text() == text) {
                known = null;
            }
        } finally {
            lock.unlock();
        }
    }

    /// What comes of the question under way, or of a new one. Under the lock.
    private CompletableFuture<Answer> asked() {
        CompletableFuture<Answer> running = pending;
        if (running != null) {
            return running;
        }
        CompletableFuture<Answer> result = new CompletableFuture<>();
        pending = result;
        Thread.startVirtualThread(() -> {
            Answer answer;
            try {
                answer = ask.get();
            } catch (RuntimeException e) {
                LOG.error("asking for an access token of {} failed", whose, e);
                answer = new Answer.Failed("an internal error");
            }
            log(answer, keep(answer));
            result.complete(answer);
        });
        return result;
    }

    /// Says what was known before.
    private @Nullable Known keep(Answer answer) {
        lock.lock();
        try {
            Instant now = clock.instant();
            Known before = known;
            pending = null;
            known = switch (answer) {
                case Answer.Token(Secret _, Duration life) -> {
                    Duration ahead = min(AHEAD, life.dividedBy(4));
                    yield new Known(
                            answer, now.plus(life).minus(ahead), now.plus(life).minus(ahead.dividedBy(2)));
                }
                // What is still good stays in use, and the next try has time.
                case Answer.Refused _, Answer.Failed _ ->
                    before != null && before.answer() instanceof Answer.Token && now.isBefore(before.goodUntil())
                            ? new Known(before.answer(), now.plus(PAUSE), before.goodUntil())
                            : new Known(answer, now.plus(PAUSE), now.plus(PAUSE));
            };
            return before;
        } finally {
            lock.unlock();
        }
    }

    /// Once, and not again while the same goes wrong.
    private void log(Answer answer, @Nullable Known before) {
        boolean again = before != null && before.answer().equals(answer);
        switch (answer) {
            case Answer.Token _ -> {}
            case Answer.Refused(String why) when !again -> LOG.warn("{} gets no access token: {}", whose, why);
            case Answer.Failed(String why) when !again -> LOG.warn("{} gets no access token: {}", whose, why);
            case Answer.Refused _, Answer.Failed _ -> {}
        }
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
