package dev.faregate.system;

import dev.faregate.system.Rows.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// What is configured, and whether the last change of it was taken up.
final class ConfigurationBlock {
    private static final String PAGE = "/docs/system#configuration";

    private ConfigurationBlock() {}

    static Block of(Configuration on) {
        List<Trouble> troubles = new ArrayList<>();
        Configuration.Problem problem = on.problem();
        if (problem != null) {
            troubles.add(new Trouble(
                    Level.BAD,
                    "The last change of the file was not taken up. " + problem.line(),
                    "What was read before stays in force, until the next start: then the file must be right.",
                    PAGE));
        }
        if (!on.waiting().isEmpty()) {
            troubles.add(new Trouble(
                    Level.WARN,
                    "Changed in the file, but only read at the start: " + String.join(", ", on.waiting()) + ".",
                    "Restart this node to have it.",
                    "/docs/configuration"));
        }
        on.warnings().stream()
                .limit(Rows.MOST)
                .forEach(warning -> troubles.add(
                        new Trouble(Level.WARN, warning, "Correct its name, or remove it.", "/docs/configuration")));
        List<Fact> facts = new ArrayList<>();
        facts.add(Fact.of("File", on.there() ? on.file().toString() : "None: defaults and variables"));
        if (on.takenUpAt() != null) {
            facts.add(Fact.at("Last change taken up", on.takenUpAt()));
        } else if (on.there()) {
            facts.add(Fact.of("Last change taken up", "None since the start, which read it"));
        }
        if (problem != null) {
            facts.add(Fact.at("Last change refused", problem.at()));
        }
        Rows rows = Rows.of(
                List.of("Setting", "Is", "Default"),
                on.changed(),
                changed -> List.of(
                        Cell.of(changed.setting()),
                        Cell.of(changed.value()),
                        Cell.of(Objects.requireNonNullElse(changed.fallback(), "not set"))));
        return new Block(
                "configuration",
                "Configuration",
                troubles,
                on.changed().isEmpty() ? "Every setting is at its default." : "",
                facts,
                on.changed().isEmpty() ? null : rows);
    }
}
