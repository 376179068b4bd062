package dev.faregate.system;

import dev.faregate.credits.NodeLife;
import dev.faregate.pages.Counts;
import dev.faregate.system.Rows.Cell;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The nodes that share the database.
final class NodesBlock {
    private static final String PAGE = "/docs/cluster#what-happens-when";
    private static final List<String> COLUMNS = List.of("Node", "State", "Last sign of life", "Started", "Holds");

    private NodesBlock() {}

    /// Of a node that has its database for itself.
    static Block alone() {
        return block(List.of(), "One node, on SQLite. PostgreSQL lets any number of them share the work.", null);
    }

    /// `nodes`: null when the database did not say.
    static Block of(@Nullable List<NodeLife> nodes) {
        if (nodes == null) {
            return block(
                    List.of(new Trouble(
                            Level.WARN,
                            "Which nodes there are could not be read in time.",
                            "Load this page again.",
                            "/docs/cluster#the-database")),
                    "",
                    null);
        }
        List<Trouble> troubles = new ArrayList<>();
        long silent = nodes.stream().filter(NodeLife::silent).count();
        long holding =
                nodes.stream().filter(node -> node.silent() && node.holds() > 0).count();
        if (holding > 0) {
            troubles.add(new Trouble(
                    Level.WARN,
                    "A silent node still has holds; the others charge them in full within seconds.",
                    "Look why it is silent. When it comes back it lowers the charges to what it knows.",
                    PAGE));
        } else if (silent > 0) {
            troubles.add(new Trouble(
                    Level.WARN,
                    silent + (silent == 1 ? " node gives" : " nodes give") + " no sign of life.",
                    "If you stopped it, there is nothing to do: it is forgotten after a day. Else look why it is silent.",
                    PAGE));
        }
        return block(
                troubles,
                "",
                Rows.of(
                        COLUMNS,
                        nodes,
                        node -> List.of(
                                Cell.of(node.id() + (node.self() ? " (this one)" : "")),
                                node.silent() ? Cell.of(Level.WARN, "Silent") : Cell.of(Level.GOOD, "Alive"),
                                Cell.at(node.seenAt()),
                                Cell.at(node.startedAt()),
                                Cell.of(Counts.exact(node.holds())))));
    }

    private static Block block(List<Trouble> troubles, String words, @Nullable Rows rows) {
        return new Block("nodes", "Nodes", troubles, words, List.of(), rows);
    }
}
