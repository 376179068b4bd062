package dev.faregate.governance;

import dev.faregate.credits.Limits;
import dev.faregate.guardrails.GuardrailParts;
import dev.faregate.http.Route;
import dev.faregate.keys.KeySearch;
import dev.faregate.models.Catalogues;
import dev.faregate.pages.Pages;
import dev.faregate.storage.Database;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

/// The pages of this package, and where they are.
public final class GovernanceParts {
    private final GuardrailsPage guardrails;
    private final AuditPage audit;

    public GovernanceParts(
            Database database, Limits limits, GuardrailParts guardrails, Catalogues catalogues, InstantSource clock) {
        this.guardrails = new GuardrailsPage(
                guardrails.managed(),
                guardrails.managedAssignments(),
                new Holders(database, guardrails.managedAssignments(), new KeySearch(database, limits)),
                catalogues,
                clock);
        this.audit = new AuditPage(database, clock);
    }

    public List<Route> routes(Pages pages) {
        return Stream.of(guardrails.routes(pages), audit.routes(pages))
                .flatMap(List::stream)
                .toList();
    }
}
