package dev.faregate.models;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What an operator adds to the catalogue or knows better: the lists `providers:` and `models:` of
/// `faregate.yaml`.
///
/// A provider entry with a known slug overrides the facts it states; a new slug needs `format` and
/// `base_url`. Keys that are none of the catalogue's business (credentials, limits) are left to the
/// reader of the file. A model entry with a known id overrides what it states, its aliases are added, and
/// its endpoints replace those of the same providers; a new id needs `context_length` and endpoints.
/// Without `supported_parameters` a new model is taken to understand the usual ones. An endpoint without
/// prices stays unpriced, hence refused for paid use, unless it or its model says `free: true`.
public final class CatalogueOverlay {
    private CatalogueOverlay() {}

    /// The catalogue with these lists laid over it; either may be null. Throws [CatalogueException],
    /// whose path starts with `providers[…]` or `models[…]`.
    public static Catalogue apply(Catalogue base, @Nullable JsonNode providers, @Nullable JsonNode models) {
        Map<String, UpstreamProvider> merged = providers(base, Fields.list(providers, "providers"));
        Map<String, Model> byId = new LinkedHashMap<>();
        for (Model model : base.models()) {
            byId.put(model.id(), withProviders(model, merged));
        }
        ModelParser parser = new ModelParser(
                merged,
                LocalDate.parse(base.asOf()).atStartOfDay(ZoneOffset.UTC).toEpochSecond());
        Set<String> seen = new HashSet<>();
        Map<String, String> pathOf = new HashMap<>();
        for (Fields entry : Fields.list(models, "models")) {
            String id = entry.text("id");
            if (!seen.add(id)) {
                throw entry.wrong("id", "given twice");
            }
            if (id.equals(Catalogue.ECHO)) {
                throw entry.wrong("id", "reserved for the built-in model");
            }
            byId.put(id, parser.model(entry, byId.get(id)));
            pathOf.put(id, entry.path());
        }
        return base.replacedBy(merged, List.copyOf(byId.values()), pathOf);
    }

    /// The catalogue in which endpoints without a known price cost what `unpriced` says (an object like
    /// `pricing`): the operator's answer to "what if nobody knows?". Null leaves them refused.
    public static Catalogue pricingUnknown(Catalogue base, @Nullable JsonNode unpriced) {
        if (unpriced == null || unpriced.isNull() || unpriced.isMissingNode()) {
            return base;
        }
        Fields stated = Fields.of(unpriced, "unpriced");
        Prices prices = PricingParser.parse(stated);
        if (!prices.isKnown()) {
            throw stated.wrong("needs prices for both prompt and completion");
        }
        List<Model> priced = base.models().stream()
                .map(model -> model.withEndpoints(
                        model.endpoints().stream()
                                .map(e -> e.prices().isKnown() ? e : e.withPrices(prices))
                                .toList(),
                        List.of()))
                .toList();
        Map<String, UpstreamProvider> providers = new LinkedHashMap<>();
        base.providers().forEach(p -> providers.put(p.slug(), p));
        return base.replacedBy(providers, priced, Map.of());
    }

    private static Map<String, UpstreamProvider> providers(Catalogue base, List<Fields> entries) {
        Map<String, UpstreamProvider> merged = new LinkedHashMap<>();
        base.providers().forEach(p -> merged.put(p.slug(), p));
        Set<String> seen = new HashSet<>();
        for (Fields entry : entries) {
            String slug = entry.text("slug");
            if (!seen.add(slug)) {
                throw entry.wrong("slug", "given twice");
            }
            UpstreamProvider provider = ModelParser.provider(entry, merged.get(slug));
            if (slug.equals(UpstreamProvider.BUILT_IN)) {
                throw entry.wrong("slug", "reserved for the gateway itself");
            }
            if (provider.format() == WireFormat.BUILT_IN) {
                throw entry.wrong("format", "reserved for the gateway itself");
            }
            merged.put(slug, provider);
        }
        return merged;
    }

    private static Model withProviders(Model model, Map<String, UpstreamProvider> providers) {
        List<ModelEndpoint> endpoints = new ArrayList<>();
        for (ModelEndpoint endpoint : model.endpoints()) {
            UpstreamProvider newer = providers.get(endpoint.provider().slug());
            endpoints.add(newer == null || newer == endpoint.provider() ? endpoint : endpoint.withProvider(newer));
        }
        return model.withEndpoints(List.copyOf(endpoints), List.of());
    }
}
