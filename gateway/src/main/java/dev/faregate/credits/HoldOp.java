package dev.faregate.credits;

import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A hold, or an extension when `base` says what is held already.
final class HoldOp extends Op<HoldResult> {
    final HoldRequest request;
    final @Nullable Hold base;

    /// It was sent and the answer was lost: it may stand in the database. Only the writer looks at this.
    boolean uncertain;

    HoldOp(
            HoldRequest request,
            @Nullable Hold base,
            long deadlineNanos,
            Executor executor,
            Consumer<HoldResult> answer) {
        super(request.generation().toString(), deadlineNanos, executor, answer);
        this.request = request;
        this.base = base;
    }

    /// The key's own limit, which carries its gates.
    long gate() {
        return request.claims().getFirst().limitId();
    }

    /// What the caller holds when this succeeds.
    HoldResult.Held held() {
        return held(null);
    }

    /// The same; `tightest` is how the limit with the least left stands now.
    HoldResult.Held held(@Nullable Standing tightest) {
        if (base == null) {
            return new HoldResult.Held(new Hold(request.generation(), request.claims(), tightest));
        }
        var claims = new java.util.ArrayList<Claim>(base.claims().size());
        for (int i = 0; i < base.claims().size(); i++) {
            Claim before = base.claims().get(i);
            claims.add(new Claim(
                    before.limitId(),
                    before.amount().plus(request.claims().get(i).amount())));
        }
        return new HoldResult.Held(new Hold(request.generation(), claims, tightest));
    }

    @Override
    HoldResult late() {
        return new HoldResult.Unavailable("The ledger did not answer in time.");
    }
}
