package dev.faregate.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import dev.faregate.models.Catalogue;
import dev.faregate.models.CatalogueReader;
import dev.faregate.models.Measurements;
import dev.faregate.models.Measurements.EndpointFigures;
import dev.faregate.models.Measurements.Percentiles;
import dev.faregate.models.Model;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Models as their pages show them.
class ModelFactsTest {
    private static final Catalogue CATALOGUE = CatalogueReader.read("""
            {"as_of": "2026-07-02", "source": "test", "providers": [
              {"slug": "one", "name": "One", "format": "openai", "base_url": "https://one.test/v1",
               "policy": {"retains_prompts": false, "trains": false}},
              {"slug": "two", "name": "Two", "format": "openai", "base_url": "https://two.test/v1"},
              {"slug": "three", "name": "Three", "format": "openai", "base_url": "https://three.test/v1"},
              {"slug": "four", "name": "Four", "format": "openai", "base_url": "https://four.test/v1"}],
            "models": [
              {"id": "acme/swift:free", "name": "Swift", "created": 1767312000, "context_length": 8000, "endpoints": [
                {"provider": "four", "pricing": {"prompt": "5", "completion": "8"}},
                {"provider": "three", "pricing": {"prompt": "4", "completion": "8"}},
                {"provider": "two", "pricing": {"prompt": "3", "completion": "8"}},
                {"provider": "one", "pricing": {"prompt": "0.25", "completion": "8", "input_cache_read": "0.025"}}]},
              {"id": "acme/order", "name": "Order", "created": 1767312000, "context_length": 8000,
               "output_modalities": ["rerank"], "endpoints": [{"provider": "one", "pricing": {"request": "0.002"}}]},
              {"id": "acme/vectors", "name": "Vectors", "created": 1767312000, "context_length": 8000,
               "output_modalities": ["embeddings"], "endpoints": [{"provider": "one", "pricing": {"prompt": "0.02"}}]}]}""".getBytes(StandardCharsets.UTF_8));

    private static Model model(String id) {
        return CATALOGUE.findModel(id).orElseThrow();
    }

    @Test
    void showsTheCheapestPriceAndTheFirstProviders() {
        ModelFacts facts = ModelFacts.of(model("acme/swift:free"), Measurements.NONE);
        assertThat(facts.address()).isEqualTo("/models/acme/swift%3Afree");
        assertThat(facts.prompt()).isEqualTo(Usd.parse("0.25"));
        assertThat(facts.completion()).isEqualTo(Usd.ofDollars(8));
        assertThat(facts.request()).isNull();
        assertThat(facts.isFree()).isFalse();
        assertThat(facts.providers()).isEqualTo("One, Two, Three and 1 more");
        assertThat(ModelFacts.of(model("acme/order"), Measurements.NONE).request())
                .isEqualTo(Usd.parse("0.002"));
    }

    @Test
    void saysOfEachEndpointWhatIsKnown() {
        Model model = model("acme/swift:free");
        EndpointFacts first = new EndpointFacts(
                model.usable().getFirst(),
                new EndpointFigures(
                        0,
                        null,
                        99.84,
                        99.99,
                        new Percentiles(400, 1_000, 2_000, 3_000),
                        new Percentiles(52, 40, 9.5, 1)));
        assertThat(first.cached()).isEqualTo(Usd.parse("0.025"));
        assertThat(List.of(first.uptime(), first.latency(), first.policy()))
                .containsExactly("99.8 %", "0.40 s", "Keeps nothing");
        assertThat(first.throughput()).isEqualTo("52 tokens/s");
        assertThat(first.latencies())
                .isEqualTo(
                        "To the first token, last 30 minutes: median 0.40 s, 90 % within 2.00 s, 99 % within 3.00 s");
        assertThat(first.throughputs())
                .isEqualTo("Last 30 minutes: median 52 tokens/s, 90 % reach 9.5 tokens/s, 99 % reach 1.0 tokens/s");
        assertThat(first.uptimes()).isEqualTo("5 minutes: not known, 30 minutes: 99.8 %, 24 hours: 99.9 %");
        EndpointFacts last = new EndpointFacts(model.usable().getLast(), EndpointFigures.NONE);
        assertThat(last.cached()).isNull();
        assertThat(List.of(last.uptime(), last.latency(), last.policy()))
                .containsExactly("–", "–", "Data policy not known");
        assertThat(last.throughput()).isEqualTo("–");
        assertThat(last.latencies()).isNull();
        assertThat(last.throughputs()).isNull();
        assertThat(last.uptimes()).isNull();
    }

    @Test
    void showsTheSpeedOfTheBestEndpoint() {
        Model model = model("acme/swift:free");
        ModelFacts facts = new ModelFacts(
                model,
                List.of(
                        EndpointFigures.NONE,
                        new EndpointFigures(0, null, null, null, new Percentiles(900, 900, 900, 900), null),
                        new EndpointFigures(
                                0, null, null, null, new Percentiles(310, 400, 500, 600), new Percentiles(20, 9, 8, 7)),
                        new EndpointFigures(0, null, null, null, null, new Percentiles(90.4, 1, 1, 1))));
        assertThat(facts.latency()).isEqualTo("0.31 s");
        assertThat(facts.throughput()).isEqualTo("90 tokens/s");
        ModelFacts unknown = ModelFacts.of(model, Measurements.NONE);
        assertThat(unknown.latency()).isEqualTo("–");
        assertThat(unknown.throughput()).isNull();
    }

    @Test
    void asksEachKindAtItsEndpoint() {
        assertThat(lines("acme/swift:free")).hasSize(3).allMatch(line -> line.contains("\"acme/swift:free\""));
        assertThat(lines("acme/order"))
                .singleElement()
                .asString()
                .contains("https://x.test/api/v1/rerank", "acme/order");
        assertThat(lines("acme/vectors"))
                .singleElement()
                .asString()
                .contains("https://x.test/api/v1/embeddings", "acme/vectors");
    }

    private static List<String> lines(String id) {
        return Snippets.of(model(id), "https://x.test").stream()
                .map(Snippets.Snippet::text)
                .toList();
    }
}
