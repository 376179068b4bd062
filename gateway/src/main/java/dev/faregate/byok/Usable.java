package dev.faregate.byok;

import java.util.List;

/// The provider keys that one caller may use, in the order to try them. Immutable.
public final class Usable {
    public static final Usable NONE = new Usable(List.of());

    private final List<Credential> all;

    private Usable(List<Credential> all) {
        this.all = all;
    }

    static Usable of(List<Credential> all) {
        return all.isEmpty() ? NONE : new Usable(List.copyOf(all));
    }

    public boolean isEmpty() {
        return all.isEmpty();
    }

    /// Those of a provider that cover a model.
    public List<Credential> of(String provider, String modelId, String canonicalSlug) {
        return all.stream()
                .filter(key -> key.provider().equals(provider) && key.covers(modelId, canonicalSlug))
                .toList();
    }

    /// Whether shared capacity of a provider may serve a model.
    public boolean allowsShared(String provider, String modelId, String canonicalSlug) {
        return all.stream()
                .filter(key -> key.provider().equals(provider))
                .noneMatch(key -> key.byokOnly() || (key.required() && key.covers(modelId, canonicalSlug)));
    }
}
