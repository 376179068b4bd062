package dev.faregate.usage;

import dev.faregate.base.Usd;
import dev.faregate.pages.Amounts;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/// A day on which a key spent out of all proportion to the days before it, and what is said about it (ADR 36).
///
/// @param spent on that day, so far
/// @param days how many days before it are known: [#DAYS], fewer for a younger key
/// @param mean of those days, and `most` what was spent on the dearest of them; both zero where there is none
public record UnusualSpend(Usd spent, int days, Usd mean, Usd most) {
    /// What counts as unusual: at least `floor` on one day, and more than `factor` times what is usual.
    public record Rule(Usd floor, BigDecimal factor) {
        public Rule {
            if (floor.compareTo(Usd.ZERO) <= 0 || factor.compareTo(BigDecimal.ONE) < 0) {
                throw new IllegalArgumentException("floor " + floor + ", factor " + factor);
            }
        }
    }

    /// Days before that are looked at: two whole weeks, so that every day of the week is in it twice.
    public static final int DAYS = 14;

    private static final int WEEK = 7;

    /// With fewer days before nobody knows yet what is usual; then the floor is taken for it, so that the first day of
    /// a key that was made to be used is no news, and a runaway on that day is.
    static final int LEAST_DAYS = 3;

    /// What [#spent] was on each day `before` (the oldest first, yesterday last, no more than [#DAYS] of them and none
    /// from before the key was made) decides: empty when `spent` is nothing unusual.
    public static Optional<UnusualSpend> of(Rule rule, List<Usd> before, Usd spent) {
        if (before.size() > DAYS) {
            throw new IllegalArgumentException(before.size() + " days");
        }
        Usd mean = mean(before);
        Usd most = before.stream().reduce(Usd.ZERO, Usd::max);
        Usd usual = mean.max(highUsual(before)).max(sameWeekday(before));
        if (before.size() < LEAST_DAYS) {
            usual = usual.max(rule.floor());
        }
        BigDecimal bound = rule.factor().multiply(usual.dollars());
        boolean unusual = spent.compareTo(rule.floor()) >= 0 && spent.dollars().compareTo(bound) > 0;
        return unusual ? Optional.of(new UnusualSpend(spent, before.size(), mean, most)) : Optional.empty();
    }

    private static Usd mean(List<Usd> days) {
        Usd sum = days.stream().reduce(Usd.ZERO, Usd::plus);
        return days.isEmpty() ? Usd.ZERO : Usd.ofNanos(sum.nanos() / days.size());
    }

    /// The nearest-rank 90th percentile: a single day out of ten and more, such as the last incident, does not hide the
    /// next one, as the dearest day would.
    private static Usd highUsual(List<Usd> days) {
        int rank = Math.ceilDiv(days.size() * 9, 10);
        return days.isEmpty() ? Usd.ZERO : days.stream().sorted().toList().get(rank - 1);
    }

    /// The dearest of the days one and two weeks before: what is done every Monday is usual on a Monday.
    private static Usd sameWeekday(List<Usd> days) {
        Usd dearest = Usd.ZERO;
        for (int day = days.size() - WEEK; day >= 0; day -= WEEK) {
            dearest = dearest.max(days.get(day));
        }
        return dearest;
    }

    /// The rest of a sentence about the key: `spent $84.20 today; on the 14 days before it spent $3.10 a day, $7.90 at
    /// most`. `when` is that day, in a word or more.
    public String words(String when) {
        String now = "spent " + shown(spent) + " " + when;
        if (days == 0) {
            return now + ", its first day";
        }
        String before = days == 1 ? "on the day before it spent " : "on the " + days + " days before it spent ";
        if (most.isZero()) {
            return now + "; " + before + "nothing";
        }
        return now + "; " + before + (days == 1 ? shown(most) : shown(mean) + " a day, " + shown(most) + " at most");
    }

    /// To the cent where there are any: smaller parts say nothing here.
    private static String shown(Usd amount) {
        long cent = Usd.NANOS_PER_DOLLAR / 100;
        return Amounts.shown(amount.nanos() < cent ? amount : Usd.ofNanos(amount.nanos() / cent * cent));
    }
}
