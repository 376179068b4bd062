package dev.faregate.routing;

import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.ChatRequestReader;
import dev.faregate.models.Catalogue;
import dev.faregate.models.CatalogueReader;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// A small catalogue for tests of routing, and requests for its model `acme/one`: endpoints at 1, 2, 4 and 8 USD per
/// million tokens.
final class Endpoints {
    static final Catalogue CATALOGUE = CatalogueReader.read("""
            {"as_of": "2026-07-02", "source": "test", "providers": [
              {"slug": "one", "name": "One Inc", "format": "openai", "base_url": "https://a.test/v1", "policy": {"retains_prompts": false, "trains": false}},
              {"slug": "two", "name": "Two", "format": "openai", "base_url": "https://b.test/v1", "policy": {"retains_prompts": true, "trains": false}},
              {"slug": "four", "name": "Four", "format": "openai", "base_url": "https://c.test/v1"}],
            "models": [{"id": "acme/one", "name": "One", "created": 1767312000, "context_length": 8000, "supported_parameters": ["max_tokens", "temperature"], "endpoints": [
              {"provider": "one", "max_completion_tokens": 1000, "quantization": "fp8", "pricing": {"prompt": "0.5", "completion": "0.5"}},
              {"provider": "two", "context_length": 4000, "supported_parameters": ["max_tokens", "temperature", "tools", "tool_choice"], "pricing": {"prompt": "1", "completion": "1"}},
              {"provider": "four", "pricing": {"prompt": "2", "completion": "2", "image": "0.01"}},
              {"provider": "four", "tag": "four/priority", "pricing": {"prompt": "4", "completion": "4"}}]}]}""".getBytes(StandardCharsets.UTF_8));

    static final Model MODEL = CATALOGUE.findModel("acme/one").orElseThrow();

    private Endpoints() {}

    /// A request with these members besides its message.
    static ChatRequest request(String more) {
        byte[] body = ("{\"model\":\"acme/one\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"
                        + (more.isEmpty() ? "" : "," + more) + "}")
                .getBytes(StandardCharsets.UTF_8);
        return new ChatRequestReader(ChatRequestReader.Limits.DEFAULTS).read(body, 0, body.length);
    }

    static String tags(List<ModelEndpoint> endpoints) {
        return String.join(" ", endpoints.stream().map(ModelEndpoint::tag).toList());
    }
}
