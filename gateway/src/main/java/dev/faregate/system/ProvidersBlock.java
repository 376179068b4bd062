package dev.faregate.system;

import dev.faregate.models.Catalogue;
import dev.faregate.pages.Counts;
import dev.faregate.routing.EndpointHealth;
import dev.faregate.routing.EndpointHealth.Outage;
import dev.faregate.system.Rows.Cell;
import java.util.ArrayList;
import java.util.List;

/// The providers that the configuration names, the catalogue, and the model endpoints that fail.
final class ProvidersBlock {
    private static final String PAGE = "/docs/system#providers-and-endpoints";

    private ProvidersBlock() {}

    /// Which providers are named, and whether their key is there.
    static Block providers(List<Configuration.Provider> named, Catalogue catalogue) {
        List<Trouble> troubles = new ArrayList<>();
        if (named.isEmpty()) {
            troubles.add(new Trouble(
                    Level.WARN,
                    "No provider is configured: only " + Catalogue.ECHO
                            + " answers, and what organizations have keys of their own for.",
                    "Set a provider's key as a variable, such as OPENAI_API_KEY, or name providers in faregate.yaml.",
                    PAGE));
        }
        named.stream()
                .filter(provider -> !provider.spoken())
                .limit(Rows.MOST)
                .forEach(provider -> troubles.add(new Trouble(
                        Level.WARN,
                        provider.name() + " has a key, but its wire format is not spoken yet.",
                        "Its models are not offered. Reach them through another provider.",
                        PAGE)));
        List<Fact> facts = List.of(
                Fact.of("Models usable", Counts.exact(catalogue.usable().size())),
                Fact.of("Models known", Counts.exact(catalogue.models().size())),
                Fact.of("Catalogue of", catalogue.asOf()));
        Rows rows = Rows.of(
                List.of("Provider", "Named in", "Key"),
                named,
                provider -> List.of(
                        Cell.of(provider.name()),
                        Cell.of(provider.origin()),
                        provider.hasKey() ? Cell.of(Level.GOOD, "Yes") : Cell.of("No")));
        return new Block("providers", "Providers", troubles, "", facts, named.isEmpty() ? null : rows);
    }

    /// Which model endpoints failed of late, as this node saw it.
    static Block endpoints(List<Outage> outages, Catalogue catalogue) {
        String recently = "the last " + EndpointHealth.OUTAGE_MEMORY.toSeconds() + " seconds";
        if (outages.isEmpty()) {
            return new Block(
                    "endpoints",
                    "Model endpoints",
                    List.of(),
                    "None failed in " + recently + ", as far as this node has asked.",
                    List.of(),
                    null);
        }
        Trouble trouble = new Trouble(
                Level.WARN,
                Counts.exact(outages.size(), "model endpoint") + " failed in " + recently
                        + ". Requests go to others first.",
                "The log of requests shows what the provider answered.",
                PAGE);
        return new Block(
                "endpoints",
                "Model endpoints",
                List.of(trouble),
                "",
                List.of(),
                Rows.of(
                        List.of("Model", "Provider", "Failed"),
                        outages,
                        outage -> List.of(
                                Cell.of(outage.model()),
                                Cell.of(provider(outage, catalogue)),
                                Cell.of(outage.ago().toSeconds() + " s ago"))));
    }

    /// The provider by its name, and which of its endpoints it is where it has several.
    private static String provider(Outage outage, Catalogue catalogue) {
        return catalogue.findModel(outage.model()).stream()
                .flatMap(model -> model.endpoints().stream())
                .filter(endpoint -> endpoint.tag().equals(outage.endpoint()))
                .findFirst()
                .map(endpoint -> endpoint.tag().equals(endpoint.provider().slug())
                        ? endpoint.provider().name()
                        : endpoint.provider().name() + " (" + endpoint.tag() + ")")
                .orElse(outage.endpoint());
    }
}
