package dev.faregate.providers;

import dev.faregate.models.UpstreamProvider;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The providers that this installation can use right now, by slug. Readers see one consistent set; a
/// reloaded configuration replaces it whole. Safe to share between threads.
public final class Providers {
    private volatile Map<String, Provider> bySlug = Map.of();

    /// Replaces the set.
    public void replace(Iterable<? extends Provider> providers) {
        Map<String, Provider> next = new HashMap<>();
        for (Provider provider : providers) {
            next.put(provider.facts().slug(), provider);
        }
        bySlug = Map.copyOf(next);
    }

    public Optional<Provider> find(UpstreamProvider provider) {
        return Optional.ofNullable(bySlug.get(provider.slug()));
    }

    public Set<String> slugs() {
        return bySlug.keySet();
    }
}
