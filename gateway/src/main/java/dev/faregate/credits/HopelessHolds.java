package dev.faregate.credits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Answers holds that cannot fit without asking the database, so that a key that is spent cannot keep it
/// busy (ledger 2.4): a limit that was just seen to be short refuses what it would refuse again. It only ever
/// refuses, so whatever is remembered wrongly costs a caller a few milliseconds and nobody any money.
///
/// A settlement of this node frees money: its limits are forgotten before its caller hears of it. A change of
/// the key's rules is another `policySeq`, for which nothing is remembered; nor is anything from before this node's
/// last write, which may have raised a cap.
public final class HopelessHolds implements Ledger {
    /// For so long a limit that was short counts as short.
    static final Duration REMEMBERED = Duration.ofMillis(50);

    private static final int MAX_LIMITS = 100_000;

    private record Seen(Shortage shortage, long policySeq, long writes) {}

    private final Ledger ledger;
    private final LongSupplier writes;
    private final Cache<Long, Seen> seen;
    private final LongAdder refused = new LongAdder();

    /// `writes`: of this node's database, see [dev.faregate.storage.Database#writes].
    public HopelessHolds(Ledger ledger, LongSupplier writes) {
        this(ledger, writes, Ticker.systemTicker());
    }

    HopelessHolds(Ledger ledger, LongSupplier writes, Ticker ticker) {
        this.ledger = ledger;
        this.writes = writes;
        this.seen = Caffeine.newBuilder()
                .maximumSize(MAX_LIMITS)
                .expireAfterWrite(REMEMBERED)
                .ticker(ticker)
                .executor(Runnable::run)
                .build();
    }

    /// Holds refused without the database so far.
    public long refused() {
        return refused.sum();
    }

    @Override
    public void hold(HoldRequest request, Executor executor, Consumer<HoldResult> answer) {
        List<Shortage> shortages = known(request);
        if (shortages != null) {
            refused.increment();
            executor.execute(() -> answer.accept(new HoldResult.Insufficient(shortages)));
            return;
        }
        // Counted before the ledger is asked: a write that overtakes the answer makes it old news.
        long before = writes.getAsLong();
        ledger.hold(request, executor, result -> {
            if (result instanceof HoldResult.Insufficient(List<Shortage> fresh)) {
                fresh.forEach(
                        shortage -> seen.put(shortage.limitId(), new Seen(shortage, request.policySeq(), before)));
            }
            answer.accept(result);
        });
    }

    private @Nullable List<Shortage> known(HoldRequest request) {
        List<Shortage> shortages = null;
        long now = writes.getAsLong();
        for (Claim claim : request.claims()) {
            Seen last = seen.getIfPresent(claim.limitId());
            if (last == null
                    || last.policySeq() != request.policySeq()
                    || last.writes() != now
                    || claim.amount().compareTo(last.shortage().available()) <= 0) {
                continue;
            }
            if (shortages == null) {
                shortages = new ArrayList<>(2);
            }
            shortages.add(last.shortage().asking(claim.amount()));
        }
        if (shortages != null) {
            shortages.sort(Comparator.comparing(Shortage::scope).thenComparingLong(Shortage::limitId));
        }
        return shortages;
    }

    @Override
    public void extend(Hold hold, HoldRequest more, Executor executor, Consumer<HoldResult> answer) {
        ledger.extend(hold, more, executor, answer);
    }

    @Override
    public void record(UUID generation, Object[] record, Executor executor, Consumer<SettleResult> answer) {
        ledger.record(generation, record, executor, answer);
    }

    @Override
    public boolean isBehind() {
        return ledger.isBehind();
    }

    @Override
    public void settle(Settlement settlement, Executor executor, Consumer<SettleResult> answer, Runnable onPosted) {
        ledger.settle(
                settlement,
                executor,
                result -> {
                    settlement.held().forEach(claim -> seen.invalidate(claim.limitId()));
                    answer.accept(result);
                },
                onPosted);
    }
}
