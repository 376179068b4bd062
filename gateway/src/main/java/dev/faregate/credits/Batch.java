package dev.faregate.credits;

import java.util.List;

/// What goes into one transaction: settlements first, then holds in order of arrival. A generation stands
/// in each list at most once.
record Batch(List<SettleOp> settles, List<HoldOp> holds) {
    static final Batch EMPTY = new Batch(List.of(), List.of());

    int size() {
        return settles.size() + holds.size();
    }

    /// The first `count` operations.
    Batch head(int count) {
        int settled = Math.min(count, settles.size());
        return new Batch(settles.subList(0, settled), holds.subList(0, count - settled));
    }

    /// All but the first `count`.
    Batch tail(int count) {
        int settled = Math.min(count, settles.size());
        return new Batch(settles.subList(settled, settles.size()), holds.subList(count - settled, holds.size()));
    }
}
