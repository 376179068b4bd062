package dev.faregate.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The results as a table of ratios, as JSON, and against the targets.
record Report(String machine, String settings, List<Result> results) {
    private static final String ROW = "%-12s %-10s %10s %10s %8s %9s %9s %9s %9s %8s %9s %8s%n";

    Report {
        results = List.copyOf(results);
    }

    /// CPU of this result divided by nginx's at the same point.
    OptionalDouble cpuRatio(Result result) {
        OptionalDouble own = result.medianIfKnown(Round::cpuPer10k);
        OptionalDouble limit = find(Subject.NGINX, result.point())
                .map(nginx -> nginx.medianIfKnown(Round::cpuPer10k))
                .orElse(OptionalDouble.empty());
        if (own.isEmpty() || limit.isEmpty() || limit.getAsDouble() == 0) return OptionalDouble.empty();
        return OptionalDouble.of(own.getAsDouble() / limit.getAsDouble());
    }

    /// Milliseconds of median (or 99th percentile) beyond what the mock alone takes at the same point.
    OptionalDouble addedP50(Result result) {
        return beyond(Subject.DIRECT, result, Round::p50);
    }

    OptionalDouble addedP99(Result result) {
        return beyond(Subject.DIRECT, result, Round::p99);
    }

    /// What this result's figure has more than that of another subject at the same point.
    private OptionalDouble beyond(String subject, Result result, ToDoubleFunction<Round> figure) {
        return find(subject, result.point())
                .map(other -> OptionalDouble.of(result.median(figure) - other.median(figure)))
                .orElse(OptionalDouble.empty());
    }

    Optional<Result> find(String subject, LoadPoint point) {
        return results.stream()
                .filter(result ->
                        result.subject().equals(subject) && result.point().equals(point))
                .findFirst();
    }

    /// One line per load point and subject. Latency of streams is that of the first event.
    String table() {
        StringBuilder out = new StringBuilder(machine + "\n" + settings + "\n\n");
        out.append(row(
                "load",
                "subject",
                "req/s",
                "CPU s/10k",
                "x nginx",
                "p50 ms",
                "added",
                "p99 ms",
                "added",
                "RSS MB",
                "KB/req",
                "errors"));
        for (Result result : results) {
            out.append(row(
                    result.point().name(),
                    result.subject(),
                    number("%.0f", result.median(Round::perSecond)),
                    known("%.3f", result.medianIfKnown(Round::cpuPer10k)),
                    known("%.2f", cpuRatio(result)),
                    number("%.3f", result.median(Round::p50)),
                    known("%+.3f", addedP50(result)),
                    number("%.3f", result.median(Round::p99)),
                    known("%+.3f", addedP99(result)),
                    known("%.0f", result.medianIfKnown(Round::residentMegabytes)),
                    known("%.1f", kilobytes(result)),
                    Long.toString(result.errors())));
        }
        gaps(out);
        for (Result result : results) {
            if (result.errors() > 0) {
                out.append("first error of %s at %s: %s%n"
                        .formatted(result.subject(), result.point().name(), result.firstError()));
            }
        }
        return out.toString();
    }

    private void gaps(StringBuilder out) {
        List<Result> streams =
                results.stream().filter(result -> result.point().streams()).toList();
        if (streams.isEmpty()) return;
        out.append(String.format(
                Locale.ROOT,
                "%n%-12s %-10s %12s %12s %12s%n",
                "streams",
                "subject",
                "gap p50 ms",
                "gap p99 ms",
                "whole p50 ms"));
        for (Result result : streams) {
            out.append(String.format(
                    Locale.ROOT,
                    "%-12s %-10s %12s %12s %12s%n",
                    result.point().name(),
                    result.subject(),
                    known("%.3f", result.medianIfKnown(Round::gapP50)),
                    known("%.3f", result.medianIfKnown(Round::gapP99)),
                    known("%.3f", result.medianIfKnown(Round::wholeP50))));
        }
    }

    private static OptionalDouble kilobytes(Result result) {
        OptionalDouble bytes = result.medianIfKnown(Round::allocatedPerRequest);
        return bytes.isEmpty() ? bytes : OptionalDouble.of(bytes.getAsDouble() / 1024);
    }

    private static String row(Object... cells) {
        return String.format(Locale.ROOT, ROW, cells);
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private static String known(String format, OptionalDouble value) {
        return value.isEmpty() ? "-" : number(format, value.getAsDouble());
    }

    /// Everything, each round too, for a machine to read.
    String json() {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("machine", machine).put("settings", settings);
        ArrayNode list = root.putArray("results");
        for (Result result : results) {
            ObjectNode node = list.addObject();
            node.put("point", result.point().name()).put("subject", result.subject());
            node.put("requests_per_second", result.median(Round::perSecond));
            put(node, "cpu_seconds_per_10k", result.medianIfKnown(Round::cpuPer10k));
            put(node, "cpu_ratio_to_nginx", cpuRatio(result));
            node.put("p50_ms", result.median(Round::p50)).put("p99_ms", result.median(Round::p99));
            put(node, "added_p50_ms", addedP50(result));
            put(node, "added_p99_ms", addedP99(result));
            put(node, "allocated_bytes_per_request", result.medianIfKnown(Round::allocatedPerRequest));
            node.put("errors", result.errors()).put("first_error", result.firstError());
            ArrayNode rounds = node.putArray("rounds");
            for (Round round : result.rounds()) rounds.add(json(round));
        }
        ArrayNode targets = root.putArray("targets");
        for (Goal.Outcome outcome : outcomes()) {
            targets.addObject()
                    .put("goal", outcome.goal().words())
                    .put("limit", outcome.goal().limit())
                    .put("measured", outcome.measured())
                    .put("met", outcome.met());
        }
        return root.toPrettyString() + "\n";
    }

    private static ObjectNode json(Round round) {
        ObjectNode node = JsonMapper.shared().createObjectNode();
        node.put("seconds", round.seconds()).put("completed", round.completed()).put("errors", round.errors());
        put(node, "cpu_seconds", round.cpuSeconds());
        node.put("p50_ms", round.p50()).put("p99_ms", round.p99());
        put(node, "gap_p50_ms", round.gapP50());
        put(node, "gap_p99_ms", round.gapP99());
        put(node, "whole_p50_ms", round.wholeP50());
        put(node, "resident_megabytes", round.residentMegabytes());
        put(node, "allocated_bytes_per_request", round.allocatedPerRequest());
        return node;
    }

    private static void put(ObjectNode node, String name, OptionalDouble value) {
        if (value.isEmpty()) node.putNull(name);
        else node.put(name, value.getAsDouble());
    }

    /// The goals that this run can say something about.
    List<Goal.Outcome> outcomes() {
        List<Goal.Outcome> found = new ArrayList<>();
        for (Goal goal : Goal.ALL) {
            Optional<Result> result = find(goal.subject(), goal.point());
            if (result.isEmpty()) continue;
            OptionalDouble measured = switch (goal.figure()) {
                case CPU_RATIO -> cpuRatio(result.get());
                case ADDED_P50_MS -> addedP50(result.get());
                case LEDGER_P50_MS -> beyond(Subject.FREE, result.get(), Round::p50);
                case LEDGER_P99_MS -> beyond(Subject.FREE, result.get(), Round::p99);
            };
            if (measured.isPresent()) found.add(new Goal.Outcome(goal, measured.getAsDouble()));
        }
        return found;
    }
}
