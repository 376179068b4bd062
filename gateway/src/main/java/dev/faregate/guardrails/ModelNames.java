package dev.faregate.guardrails;

import dev.faregate.models.Model;
import dev.faregate.models.Resolution;
import dev.faregate.models.Variant;
import java.util.Set;

/// How guardrails name models: by their canonical slug, which never changes its meaning, with the suffix of the
/// variant (contract 2.4): `deepseek/deepseek-r1-20250120:nitro`.
final class ModelNames {
    private ModelNames() {}

    /// The name to store for what a client called a model.
    static String stored(Resolution.Found found) {
        return name(found.model(), found.variant());
    }

    /// Whether one of `names` means the model asked for as `variant`. A name without a suffix means every way to ask
    /// for the model; one with a suffix only that.
    static boolean contain(Set<String> names, Model model, Variant variant) {
        return names.contains(name(model, Variant.NONE))
                || (variant != Variant.NONE && names.contains(name(model, variant)));
    }

    private static String name(Model model, Variant variant) {
        String canonical = model.canonicalSlug();
        return variant == Variant.NONE ? canonical : canonical + ":" + variant.suffix();
    }
}
