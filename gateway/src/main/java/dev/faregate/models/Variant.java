package dev.faregate.models;

import org.jspecify.annotations.Nullable;

/// What a suffix of the requested id asks for beyond the model itself (contract 3.7). Only suffixes that
/// work on every model are here; `:free`, `:extended` and `:thinking` are models of their own in the
/// catalogue.
public enum Variant {
    NONE(""),
    /// Sort by throughput; priority tier eligible.
    NITRO("nitro"),
    /// Sort by price; flex tier eligible.
    FLOOR("floor"),
    /// Sort by how well tools are called.
    EXACTO("exacto"),
    /// The web plugin; deprecated by its inventor.
    ONLINE("online");

    private final String suffix;

    Variant(String suffix) {
        this.suffix = suffix;
    }

    /// Without the colon; empty for `NONE`.
    public String suffix() {
        return suffix;
    }

    static @Nullable Variant find(String suffix) {
        for (Variant variant : values()) {
            if (variant != NONE && variant.suffix.equals(suffix)) {
                return variant;
            }
        }
        return null;
    }
}
