package dev.faregate.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The rounds of `bench ledger` as a table, as JSON, and against the goals. `faults` are stores whose rows
/// did not add up to what was settled.
record LedgerReport(String machine, String settings, List<LedgerRound> rounds, List<String> faults) {
    private static final String ROW = "%-11s %-19s %4s %8s %9s %9s %9s %9s %9s %7s %9s %7s %8s %8s %7s%n";

    LedgerReport {
        rounds = List.copyOf(rounds);
        faults = List.copyOf(faults);
    }

    String table() {
        StringBuilder out = new StringBuilder(machine + "\n" + settings + "\n\n");
        out.append(row(
                "store",
                "load",
                "rows",
                "req/s",
                "hold p50",
                "hold p99",
                "settle 50",
                "settle 99",
                "both p99",
                "ops/bat",
                "batches/s",
                "CPU us",
                "writer",
                "server",
                "errors"));
        for (LedgerRound round : rounds) {
            out.append(row(
                    round.store(),
                    round.point().name(),
                    round.rows(),
                    number("%.0f", round.perSecond()),
                    number("%.2f", round.holdP50()),
                    number("%.2f", round.holdP99()),
                    number("%.2f", round.settleP50()),
                    number("%.2f", round.settleP99()),
                    number("%.2f", round.bothP99()),
                    number("%.0f", round.operationsPerBatch()),
                    number("%.0f", round.batchesPerSecond()),
                    number("%.1f", round.cpuMicros()),
                    known("%.1f", round.writerMicros()),
                    known("%.1f", round.serverMicros()),
                    round.errors()));
        }
        for (LedgerRound round : rounds) {
            if (round.errors() > 0) {
                out.append("first error at %s %s, %d rows: %s%n"
                        .formatted(round.store(), round.point().name(), round.rows(), round.firstError()));
            }
        }
        faults.forEach(fault -> out.append("DOES NOT ADD UP: ").append(fault).append('\n'));
        return out.toString();
    }

    List<LedgerGoal.Outcome> outcomes() {
        List<LedgerGoal.Outcome> found = new ArrayList<>();
        for (LedgerGoal goal : LedgerGoal.ALL) {
            for (LedgerRound round : rounds) goal.outcome(round).ifPresent(found::add);
        }
        return found;
    }

    boolean isSound() {
        return faults.isEmpty() && rounds.stream().allMatch(round -> round.errors() == 0 && round.completed() > 0);
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

    String json() {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("machine", machine).put("settings", settings);
        ArrayNode list = root.putArray("rounds");
        for (LedgerRound round : rounds) {
            ObjectNode node = list.addObject()
                    .put("store", round.store())
                    .put("load", round.point().name())
                    .put("rows", round.rows())
                    .put("seconds", round.seconds())
                    .put("requests_per_second", round.perSecond())
                    .put("hold_p50_ms", round.holdP50())
                    .put("hold_p99_ms", round.holdP99())
                    .put("settle_p50_ms", round.settleP50())
                    .put("settle_p99_ms", round.settleP99())
                    .put("hold_and_settle_p99_ms", round.bothP99())
                    .put("operations_per_batch", round.operationsPerBatch())
                    .put("batches_per_second", round.batchesPerSecond())
                    .put("cpu_us_per_request", round.cpuMicros())
                    .put("errors", round.errors())
                    .put("first_error", round.firstError());
            put(node, "writer_cpu_us_per_request", round.writerMicros());
            put(node, "server_cpu_us_per_request", round.serverMicros());
            put(node, "connections", round.connections());
        }
        ArrayNode goals = root.putArray("goals");
        for (LedgerGoal.Outcome outcome : outcomes()) {
            goals.addObject().put("goal", outcome.line()).put("met", outcome.met());
        }
        ArrayNode wrong = root.putArray("faults");
        faults.forEach(wrong::add);
        return root.toPrettyString() + "\n";
    }

    private static void put(ObjectNode node, String name, OptionalDouble value) {
        if (value.isEmpty()) node.putNull(name);
        else node.put(name, value.getAsDouble());
    }
}
