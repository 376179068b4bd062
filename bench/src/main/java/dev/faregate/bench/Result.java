package dev.faregate.bench;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/// All rounds of one subject at one load point. Each figure is the median of its own rounds, so one
/// disturbed round does not decide anything.
record Result(String subject, LoadPoint point, List<Round> rounds) {
    Result {
        if (rounds.isEmpty()) throw new IllegalArgumentException("no rounds");
        rounds = List.copyOf(rounds);
    }

    double median(ToDoubleFunction<Round> figure) {
        return median(rounds.stream().mapToDouble(figure).sorted().toArray());
    }

    /// Empty when any round lacks the figure.
    OptionalDouble medianIfKnown(Function<Round, OptionalDouble> figure) {
        if (rounds.stream().anyMatch(round -> figure.apply(round).isEmpty())) return OptionalDouble.empty();
        return OptionalDouble.of(median(round -> figure.apply(round).getAsDouble()));
    }

    long errors() {
        return rounds.stream().mapToLong(Round::errors).sum();
    }

    /// The first thing that went wrong in any round; empty when nothing did.
    String firstError() {
        return rounds.stream()
                .map(Round::firstError)
                .filter(error -> !error.isEmpty())
                .findFirst()
                .orElse("");
    }

    private static double median(double[] sorted) {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
