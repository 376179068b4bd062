package dev.faregate.bench;

import dev.faregate.base.Usd;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The outcome of `bench overspend` as a table with a column for each run, and as JSON.
record OverspendReport(String machine, Experiment experiment, List<Overspent> runs) {
    private static final String LABEL = "%-34s";
    private static final String CELL = "%22s";
    private static final String UNKNOWN = "-";

    OverspendReport {
        runs = List.copyOf(runs);
    }

    boolean holds() {
        return runs.stream().allMatch(run -> run.fault().isEmpty());
    }

    String table() {
        StringBuilder out = new StringBuilder(machine + "\n" + experiment.words() + "\n\n");
        line(out, "", OverspendReport::title);
        line(out, "requests", run -> Integer.toString(run.requests()));
        line(out, "answers", run -> Integer.toString(run.answers()));
        line(out, "refusals", run -> Integer.toString(run.refused()));
        line(out, "  of them 5xx, not about money", run -> Integer.toString(run.refusedForService()));
        line(out, "broken off", run -> Integer.toString(run.brokenOff()));
        line(out, "calls at the provider", run -> Long.toString(run.upstreamCalls()));
        line(out, "the provider's bill (truth)", run -> run.bill().toString());
        line(out, "the gateway's own figure", run -> known(run.figure()));
        line(out, "OVERSPEND", run -> run.overspend().toString());
        line(out, "refused wrongly", run -> Long.toString(run.refusedWrongly()));
        line(out, "lost (billed, not in the figure)", run -> known(run.lost()));
        line(out, "charged beyond the bill", run -> known(run.overcharged()));
        line(out, "seconds until figure = truth", OverspendReport::seconds);
        for (Overspent run : runs) {
            reasons(out, title(run) + " refused", run.refusals());
            reasons(out, title(run) + " broke off", run.broken());
        }
        out.append('\n');
        for (Overspent run : runs) {
            out.append(run.fault()
                    .map(fault -> "FAILED %s: %s%n".formatted(title(run), fault))
                    .orElse("holds  %s%n".formatted(title(run))));
        }
        return out.toString();
    }

    private void line(StringBuilder out, String label, Function<Overspent, String> value) {
        out.append(String.format(Locale.ROOT, LABEL, label));
        for (Overspent run : runs) out.append(String.format(Locale.ROOT, CELL, value.apply(run)));
        out.append('\n');
    }

    private static void reasons(StringBuilder out, String title, Map<String, Integer> counts) {
        if (counts.isEmpty()) return;
        out.append('\n').append(title).append(":\n");
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .forEach(reason -> out.append("  %6d x %s%n".formatted(reason.getValue(), reason.getKey())));
    }

    private static String title(Overspent run) {
        return run.killed() ? run.name() + " kill -9" : run.name();
    }

    private static String known(Optional<Usd> amount) {
        return amount.map(Usd::toString).orElse(UNKNOWN);
    }

    private static String seconds(Overspent run) {
        if (run.figure().isEmpty()) return UNKNOWN;
        return run.secondsToEqual().isEmpty()
                ? "never"
                : String.format(Locale.ROOT, "%.2f", run.secondsToEqual().getAsDouble());
    }

    /// Amounts are decimal texts, which no reader rounds.
    String json() {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("machine", machine)
                .put("requests", experiment.requests())
                .put("stream_percent", experiment.streamPercent())
                .put("cap_usd", plain(experiment.cap()))
                .put("price_usd", plain(experiment.price()));
        ArrayNode list = root.putArray("runs");
        for (Overspent run : runs) {
            ObjectNode node = list.addObject()
                    .put("gateway", run.name())
                    .put("killed", run.killed())
                    .put("requests", run.requests())
                    .put("answers", run.answers())
                    .put("upstream_calls", run.upstreamCalls())
                    .put("bill_usd", plain(run.bill()))
                    .put("overspend_usd", plain(run.overspend()))
                    .put("refused", run.refused())
                    .put("refused_5xx", run.refusedForService())
                    .put("refused_wrongly", run.refusedWrongly());
            put(node, "own_figure_usd", run.figure());
            put(node, "lost_usd", run.lost());
            put(node, "overcharged_usd", run.overcharged());
            if (run.secondsToEqual().isEmpty()) node.putNull("seconds_until_equal");
            else node.put("seconds_until_equal", run.secondsToEqual().getAsDouble());
            ObjectNode refusals = node.putObject("refusals");
            run.refusals().forEach(refusals::put);
            ObjectNode broken = node.putObject("broken");
            run.broken().forEach(broken::put);
            node.put("fault", run.fault().orElse(null));
        }
        return root.toPrettyString() + "\n";
    }

    private static String plain(Usd amount) {
        return amount.dollars().toPlainString();
    }

    private static void put(ObjectNode node, String name, Optional<Usd> amount) {
        if (amount.isEmpty()) node.putNull(name);
        else node.put(name, plain(amount.get()));
    }
}
