package dev.faregate.governance;

import dev.faregate.models.Catalogue;
import dev.faregate.models.Model;
import dev.faregate.models.UpstreamProvider;
import java.util.HashMap;
import java.util.Map;

/// What forms offer to choose from.
final class Offered {
    private Offered() {}

    /// The ids of all `models` and the slugs of all `providers`, each in order, as values of a page.
    static Map<String, Object> by(Catalogue catalogue) {
        Map<String, Object> values = new HashMap<>();
        values.put("models", catalogue.models().stream().map(Model::id).sorted().toList());
        values.put(
                "providers",
                catalogue.providers().stream()
                        .map(UpstreamProvider::slug)
                        .sorted()
                        .toList());
        return values;
    }
}
