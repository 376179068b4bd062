package dev.faregate.system;

import dev.faregate.http.EdgeStats;
import dev.faregate.pages.Counts;
import dev.faregate.pages.Moments;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// How this node stands.
final class NodeBlock {
    private NodeBlock() {}

    static Block of(Readiness readiness, Self self, EdgeStats edge, Instant now) {
        List<Trouble> troubles = new ArrayList<>();
        if (readiness != Readiness.READY) {
            troubles.add(readiness.trouble());
        }
        if (edge.bugs() > 0) {
            troubles.add(new Trouble(
                    Level.WARN,
                    Counts.exact(edge.bugs(), "request") + " since the start ended in an error of the program.",
                    "The log has each of them under the incident id that its client was told.",
                    "/docs/system#incidents"));
        }
        return new Block(
                "node",
                "This node",
                troubles,
                readiness == Readiness.READY ? readiness.sentence() : "",
                List.of(
                        Fact.of("Version", self.version()),
                        Fact.of("Java", Runtime.version().toString()),
                        Fact.of("Started", Moments.exact(self.startedAt())),
                        Fact.of("Up for", Sizes.time(Duration.between(self.startedAt(), now))),
                        Fact.of("Node", self.node()),
                        Fact.of("Data folder", self.data().toString()),
                        Fact.of("Open requests", Counts.exact(edge.openRequests())),
                        Fact.of("Open connections", Counts.exact(edge.connections())),
                        Fact.count("Requests", edge.requests()),
                        Fact.count("Refused for overload", edge.overloaded()),
                        Fact.count("Clients gone early", edge.gone())),
                null);
    }
}
