package dev.faregate.models;

import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Small catalogues and the shipped one, for tests.
final class TestCatalogue {
    static final Catalogue SHIPPED = CatalogueReader.shipped();

    /// Two authors share the slug `swift`; `acme/free-model:free` is a variant with an entry of its own.
    static final String SMALL = """
            {"as_of": "2026-07-02", "source": "test", "providers": [
              {"slug": "acme", "name": "Acme", "format": "openai", "base_url": "https://acme.test/v1", "policy": {"retains_prompts": false, "trains": false}},
              {"slug": "bulk", "name": "Bulk Host", "format": "openai", "base_url": "https://bulk.test/v1"},
              {"slug": "faregate", "name": "Faregate", "format": "built-in"}],
            "models": [
              {"id": "acme/swift", "canonical_slug": "acme/swift-20260102", "aliases": ["acme/swift-latest", "~acme/swift-latest"], "name": "Swift", "created": 1767312000,
               "context_length": 8000, "endpoints": [{"provider": "acme", "upstream_model": "swift-1", "pricing": {"prompt": "2", "completion": "8"}},
                 {"provider": "bulk", "upstream_model": "acme/swift", "pricing": {"prompt": "1", "completion": "4"}}]},
              {"id": "other/swift", "name": "Other Swift", "created": 1767225600, "context_length": 9000,
               "endpoints": [{"provider": "bulk", "pricing": {"prompt": "0.5", "completion": "1"}}]},
              {"id": "acme/solo", "name": "Solo", "created": 1767225700, "context_length": 9000, "input_modalities": ["text", "image"], "categories": ["programming"],
               "endpoints": [{"provider": "acme", "pricing": {"prompt": "0", "completion": "1"}}]},
              {"id": "acme/swift:free", "name": "Swift (free)", "created": 1767225600, "context_length": 4000, "free": true, "endpoints": [{"provider": "bulk"}]},
              {"id": "acme/vectors", "name": "Vectors", "created": 1767225600, "context_length": 500, "output_modalities": ["embeddings"], "supported_parameters": [],
               "endpoints": [{"provider": "acme", "pricing": {"prompt": "0.1"}}]},
              {"id": "faregate/echo", "name": "Echo", "created": 1767225600, "context_length": 4000, "free": true, "endpoints": [{"provider": "faregate"}]}
            ]}""";

    private TestCatalogue() {}

    static Catalogue small() {
        return read(SMALL);
    }

    static Catalogue read(String json) {
        return CatalogueReader.read(json.getBytes(StandardCharsets.UTF_8));
    }

    static JsonNode json(String text) {
        return dev.faregate.base.Json.read(text.getBytes(StandardCharsets.UTF_8));
    }

    static Model model(Catalogue catalogue, String id) {
        return catalogue.findModel(id).orElseThrow(() -> new AssertionError("no model " + id));
    }

    /// Rates from pairs of rate and pico-dollars.
    static Rates rates(Object... pairs) {
        Map<Rate, Long> stated = new EnumMap<>(Rate.class);
        for (int i = 0; i < pairs.length; i += 2) {
            stated.put((Rate) pairs[i], ((Number) pairs[i + 1]).longValue());
        }
        return Rates.of(stated);
    }
}
