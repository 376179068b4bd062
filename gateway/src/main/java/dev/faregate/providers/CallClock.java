package dev.faregate.providers;

import dev.faregate.providers.UpstreamFailure.Kind;
import dev.faregate.providers.UpstreamRequest.Answer;
import org.jspecify.annotations.Nullable;

/// Decides when a call is over time. Pure arithmetic: every `now` is in nanoseconds of the loop's clock.
final class CallClock {
    private final long endsAt;
    private final long firstEvent;
    private final long idle;
    private @Nullable Answer expected;

    /// When the wait that is running began, and whether it is the one between progress and progress.
    private long since;

    private boolean begun;
    private boolean paused;

    CallClock(Deadlines deadlines, long now) {
        endsAt = now + deadlines.total().toNanos();
        firstEvent = deadlines.firstEvent().toNanos();
        idle = deadlines.idle().toNanos();
    }

    void sent(Answer answer, long now) {
        expected = answer;
        since = now;
    }

    /// Whether bytes are progress: those of a whole answer, its head included.
    boolean bytesCount() {
        return expected == Answer.WHOLE;
    }

    void progress(long now) {
        begun = true;
        since = now;
    }

    /// A pause is our own doing: no wait runs until it ends, and then it runs anew.
    void pause() {
        paused = true;
    }

    void resume(long now) {
        paused = false;
        since = now;
    }

    boolean isPaused() {
        return paused;
    }

    /// Nanoseconds until the total deadline.
    long left(long now) {
        return endsAt - now;
    }

    /// Which limit is over, or null.
    @Nullable
    Kind expired(long now) {
        if (left(now) <= 0) {
            return Kind.TOTAL_TIMEOUT;
        }
        if (waitLeft(now) <= 0) {
            return begun ? Kind.IDLE_TIMEOUT : Kind.FIRST_EVENT_TIMEOUT;
        }
        return null;
    }

    /// When to look again: at the nearest limit, and after one idle span at most, because a limit that is
    /// far now may be an idle span away once the answer has begun. So progress never has to set a timer.
    long nextLook(long now) {
        return now + Math.min(idle, Math.min(left(now), waitLeft(now)));
    }

    /// What is left of the running wait; without end where none runs.
    private long waitLeft(long now) {
        if (expected == null || paused || (expected == Answer.WHOLE && !begun)) {
            return Long.MAX_VALUE;
        }
        return since + (begun ? idle : firstEvent) - now;
    }
}
