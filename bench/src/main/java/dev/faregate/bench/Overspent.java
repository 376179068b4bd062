package dev.faregate.bench;

import dev.faregate.base.Usd;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/// What one gateway did with the experiment. `bill` is the ground truth: what the provider bills for what it
/// delivered. `figure` is what the gateway says itself in the end, and `secondsToEqual` the time from the
/// end of the last request to the first moment when both were the same.
record Overspent(
        String name,
        boolean killed,
        Experiment experiment,
        int requests,
        Map<String, Integer> refusals,
        Map<String, Integer> broken,
        int answers,
        long upstreamCalls,
        Usd bill,
        Optional<Usd> figure,
        OptionalDouble secondsToEqual) {
    Overspent {
        refusals = new TreeMap<>(refusals);
        broken = new TreeMap<>(broken);
    }

    int refused() {
        return refusals.values().stream().mapToInt(Integer::intValue).sum();
    }

    /// Refusals with a status of 500 and above: not for lack of money but because the gateway could not
    /// decide.
    int refusedForService() {
        return refusals.entrySet().stream()
                .filter(reason -> reason.getKey().startsWith("5"))
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    int brokenOff() {
        return broken.values().stream().mapToInt(Integer::intValue).sum();
    }

    /// Real money beyond the cap.
    Usd overspend() {
        return bill.minus(experiment.cap()).max(Usd.ZERO);
    }

    /// Requests that were refused although money for them was left in the end. After a crash, what the
    /// gateway charged beyond the bill is not left: it cannot know better.
    long refusedWrongly() {
        Usd spent = killed ? bill.max(figure.orElse(Usd.ZERO)) : bill;
        long left = Math.max(0, experiment.cap().minus(spent).nanos())
                / experiment.price().nanos();
        return Math.min(refused(), left);
    }

    /// Billed by the provider and missing from the gateway's own figure.
    Optional<Usd> lost() {
        return figure.map(own -> bill.minus(own).max(Usd.ZERO));
    }

    /// In the gateway's own figure and never billed by the provider.
    Optional<Usd> overcharged() {
        return figure.map(own -> own.minus(bill).max(Usd.ZERO));
    }

    /// Why it does not hold, or empty: nothing over the cap, nothing lost, nobody refused for nothing, and,
    /// unless it was killed, the own figure equal to the truth and no request broken off.
    Optional<String> fault() {
        if (!overspend().isZero()) return Optional.of("the cap was passed by " + overspend());
        if (lost().isPresent() && !lost().get().isZero()) {
            return Optional.of(lost().get() + " of the bill are missing from its own figure");
        }
        if (refusedWrongly() > 0) return Optional.of(refusedWrongly() + " requests were refused with money left");
        if (killed) return Optional.empty();
        if (brokenOff() > 0) return Optional.of(brokenOff() + " requests were broken off");
        if (figure.isPresent() && secondsToEqual.isEmpty()) {
            return Optional.of("its own figure never became the bill: " + figure.get());
        }
        return Optional.empty();
    }
}
