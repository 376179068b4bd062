package dev.faregate.governance;

import dev.faregate.byok.ManagedProviderKeys;
import dev.faregate.credits.Limits;
import dev.faregate.guardrails.GuardrailParts;
import dev.faregate.http.Route;
import dev.faregate.keys.KeySearch;
import dev.faregate.models.Catalogues;
import dev.faregate.observability.ManagedDestinations;
import dev.faregate.pages.Pages;
import dev.faregate.presets.ManagedPresets;
import dev.faregate.providers.ByokTestHandler;
import dev.faregate.storage.Database;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

/// The pages of this package, and where they are.
public final class GovernanceParts {
    private final GuardrailsPage guardrails;
    private final ProviderKeysPage providerKeys;
    private final PresetsPage presets;
    private final DestinationsPage destinations;
    private final AuditPage audit;

    public GovernanceParts(
            Database database,
            Limits limits,
            GuardrailParts guardrails,
            ManagedProviderKeys providerKeys,
            ByokTestHandler tests,
            ManagedPresets presets,
            ManagedDestinations destinations,
            Catalogues catalogues,
            InstantSource clock) {
        Holders holders = new Holders(database, guardrails.managedAssignments(), new KeySearch(database, limits));
        this.guardrails =
                new GuardrailsPage(guardrails.managed(), guardrails.managedAssignments(), holders, catalogues, clock);
        this.providerKeys = new ProviderKeysPage(providerKeys, tests, holders, catalogues, clock);
        this.presets = new PresetsPage(presets, database, catalogues, clock);
        this.destinations = new DestinationsPage(destinations, holders, clock);
        this.audit = new AuditPage(database, clock);
    }

    public List<Route> routes(Pages pages) {
        return Stream.of(
                        guardrails.routes(pages),
                        providerKeys.routes(pages),
                        presets.routes(pages),
                        destinations.routes(pages),
                        audit.routes(pages))
                .flatMap(List::stream)
                .toList();
    }
}
