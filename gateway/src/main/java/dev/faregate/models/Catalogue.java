package dev.faregate.models;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// An immutable snapshot of all known models, and of which of them can be used.
///
/// *Known* and *usable* are two things. Every snapshot knows every model, so a name always resolves the
/// same way and the client of a model that exists but cannot be served hears 404 with a reason, not 400
/// "no such model". Usable is what the gateway itself can serve: the provider is configured with a
/// credential ([#withProviders]) and the price is known or marked free. [Model#usable] holds those
/// endpoints; [Model#endpoints] holds all, for callers who bring a credential of their own. Lists (`GET
/// /models`) show usable models only; with no provider configured that is the built-in `faregate/echo`
/// alone. A snapshot that was never restricted allows every provider: it is what an operator who wants
/// the whole catalogue listed hands to [ModelsJson].
public final class Catalogue {
    /// The built-in model: free, always usable.
    public static final String ECHO = "faregate/echo";

    private static final Resolution UNKNOWN = new Resolution.Unknown();
    private static final int MAX_NAME_LENGTH = 256;

    private static final Comparator<Model> NEWEST_FIRST =
            Comparator.comparingLong(Model::created).reversed().thenComparing(Model::id);

    private static final Comparator<ModelEndpoint> CHEAPEST_FIRST = Comparator.comparingLong(Catalogue::typicalPicos);

    private final String asOf;
    private final String source;
    private final Map<String, UpstreamProvider> providers;
    private final @Nullable Set<String> configured;
    private final List<Model> models;
    private final List<Model> usable;
    private final Map<String, Resolution> names;

    private Catalogue(
            String asOf,
            String source,
            Map<String, UpstreamProvider> providers,
            @Nullable Set<String> configured,
            Collection<Model> models,
            Map<String, String> pathOf) {
        this.asOf = asOf;
        this.source = source;
        this.providers = providers;
        this.configured = configured;
        this.models = models.stream().map(this::restricted).sorted(NEWEST_FIRST).toList();
        this.usable = this.models.stream().filter(Model::isUsable).toList();
        this.names = names(this.models, pathOf);
    }

    /// A snapshot that allows every provider. Throws [CatalogueException] when two models claim one name.
    static Catalogue of(String asOf, String source, Map<String, UpstreamProvider> providers, Collection<Model> models) {
        return new Catalogue(asOf, source, new LinkedHashMap<>(providers), null, models, Map.of());
    }

    /// The same restriction over other contents; `pathOf` says where a model was stated, for complaints.
    Catalogue replacedBy(
            Map<String, UpstreamProvider> newProviders, Collection<Model> newModels, Map<String, String> pathOf) {
        return new Catalogue(asOf, source, newProviders, configured, newModels, pathOf);
    }

    /// The snapshot in which only these providers (slugs) are configured, and the built-in one.
    public Catalogue withProviders(Set<String> slugs) {
        Set<String> all = new TreeSet<>(slugs);
        all.add(UpstreamProvider.BUILT_IN);
        return new Catalogue(asOf, source, providers, Set.copyOf(all), models, Map.of());
    }

    /// The snapshot that allows every provider.
    public Catalogue withAllProviders() {
        return new Catalogue(asOf, source, providers, null, models, Map.of());
    }

    /// What a model name in a request means: a full id, canonical slug or alias, each also without its
    /// author, in any case, and with a variant suffix that works on every model (`:nitro`). The common
    /// case is one look-up in a hash table and allocates nothing. Where several models share a bare name,
    /// the only usable one is meant.
    public Resolution resolve(String requested) {
        Resolution known = names.get(requested);
        return known != null ? known : resolveSpelledOtherwise(requested);
    }

    private Resolution resolveSpelledOtherwise(String requested) {
        if (requested.length() > MAX_NAME_LENGTH) {
            return UNKNOWN;
        }
        String lower = requested.toLowerCase(Locale.ROOT);
        Resolution known = names.get(lower);
        if (known != null) {
            return known;
        }
        int colon = lower.lastIndexOf(':');
        Variant variant = colon < 0 ? null : Variant.find(lower.substring(colon + 1));
        if (variant == null) {
            return UNKNOWN;
        }
        return switch (names.get(lower.substring(0, colon))) {
            case Resolution.Found(Model model, Variant _) -> new Resolution.Found(model, variant);
            case Resolution.Ambiguous ambiguous -> ambiguous;
            case Resolution.Unknown unknown -> unknown;
            case null -> UNKNOWN;
        };
    }

    /// The model with exactly this id.
    public Optional<Model> findModel(String id) {
        return names.get(id) instanceof Resolution.Found(Model model, Variant _)
                        && model.id().equals(id)
                ? Optional.of(model)
                : Optional.empty();
    }

    /// All known models, newest first.
    public List<Model> models() {
        return models;
    }

    /// The models with at least one usable endpoint, newest first.
    public List<Model> usable() {
        return usable;
    }

    public Collection<UpstreamProvider> providers() {
        return List.copyOf(providers.values());
    }

    public Optional<UpstreamProvider> findProvider(String slug) {
        return Optional.ofNullable(providers.get(slug));
    }

    /// True when the gateway has a credential for this provider (or this snapshot is not restricted).
    public boolean isConfigured(String slug) {
        return configured == null || configured.contains(slug);
    }

    /// The day the shipped facts are from, `2026-01-31`.
    public String asOf() {
        return asOf;
    }

    /// Where the shipped facts are from.
    public String source() {
        return source;
    }

    private Model restricted(Model model) {
        List<ModelEndpoint> nowUsable = model.endpoints().stream()
                .filter(e -> e.prices().isKnown() && isConfigured(e.provider().slug()))
                .sorted(CHEAPEST_FIRST)
                .toList();
        return model.withEndpoints(model.endpoints(), nowUsable);
    }

    private static long typicalPicos(ModelEndpoint endpoint) {
        return endpoint.prices().picos(Rate.PROMPT, 0) + endpoint.prices().picos(Rate.COMPLETION, 0);
    }

    private static Map<String, Resolution> names(List<Model> models, Map<String, String> pathOf) {
        Map<String, Resolution> names = new HashMap<>(models.size() * 6);
        Map<String, Map<String, Model>> bare = new HashMap<>(models.size() * 4);
        for (Model model : models) {
            Resolution found = new Resolution.Found(model, Variant.NONE);
            claim(names, model.id(), found, model, pathOf);
            claim(names, model.canonicalSlug(), found, model, pathOf);
            model.aliases().forEach(alias -> claim(names, alias, found, model, pathOf));
        }
        names.forEach((name, resolution) -> {
            if (resolution instanceof Resolution.Found(Model model, Variant _) && name.indexOf('/') > 0) {
                bare.computeIfAbsent(name.substring(name.indexOf('/') + 1), _ -> new HashMap<>())
                        .put(model.id(), model);
            }
        });
        bare.forEach((name, candidates) -> names.putIfAbsent(name, shared(candidates)));
        return names;
    }

    private static void claim(
            Map<String, Resolution> names, String name, Resolution found, Model model, Map<String, String> pathOf) {
        if (names.putIfAbsent(name, found) instanceof Resolution.Found(Model other, Variant _)
                && !other.id().equals(model.id())) {
            String mine = pathOf.get(model.id());
            String path = mine != null ? mine : pathOf.getOrDefault(other.id(), "models");
            String both = String.join(" and ", new TreeSet<>(List.of(model.id(), other.id())));
            throw new CatalogueException(path, "the name " + name + " would belong to " + both);
        }
    }

    private static Resolution shared(Map<String, Model> candidates) {
        List<Model> chosen = candidates.size() == 1
                ? List.copyOf(candidates.values())
                : candidates.values().stream().filter(Model::isUsable).toList();
        return chosen.size() == 1
                ? new Resolution.Found(chosen.getFirst(), Variant.NONE)
                : new Resolution.Ambiguous(List.copyOf(new TreeSet<>(candidates.keySet())));
    }
}
