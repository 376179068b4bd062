package dev.faregate.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Every answer has what the strict SDK insists on; `models/answers.json` is its validators' shape, cut
/// to these answers.
class ModelsJsonTest {
    private static final JsonNode SHAPES = shapes();
    private static final Instant NOW = Instant.parse("2026-11-21T00:00:00Z");
    private static final ModelsJson.ListContext PLAIN = ModelsJson.ListContext.plain("/api/v1/models", NOW);

    private static final Measurements MEASURED = new Measurements() {
        @Override
        public EndpointFigures of(Model model, ModelEndpoint endpoint) {
            Percentiles spread = new Percentiles(0.25, 0.35, 0.48, 0.85);
            return new EndpointFigures(-1, 100.0, 99.5, 99.8, spread, spread);
        }

        @Override
        public long tokensLastWeek(Model model) {
            return 1;
        }
    };

    @Test
    void listHasTheShapeThatTheSdkInsistsOn() {
        JsonNode list =
                Json.read(ModelsJson.list(TestCatalogue.SHIPPED, Map.of("output_modalities", List.of("all")), PLAIN));
        assertShape("ModelsListResponse", list);
        assertThat(list.get("data").size())
                .isEqualTo(TestCatalogue.SHIPPED.models().size());
        assertThat(list.get("total_count").asInt()).isEqualTo(list.get("data").size());
        assertThat(list.get("links").get("next").isNull()).isTrue();
    }

    @Test
    void listIsOpenAisListToo() {
        JsonNode list = Json.read(ModelsJson.list(TestCatalogue.small(), Map.of(), PLAIN));
        assertThat(list.get("object").asString()).isEqualTo("list");
        JsonNode first = list.get("data").get(0);
        assertThat(first.get("object").asString()).isEqualTo("model");
        assertThat(first.get("id").asString()).isEqualTo("acme/swift");
        assertThat(first.get("owned_by").asString()).isEqualTo("acme");
        assertThat(first.get("created").asLong()).isEqualTo(1_767_312_000L);
    }

    @Test
    void writesOneModelInFull() {
        assertThat(Json.read(ModelsJson.model(TestCatalogue.small(), "acme", "swift")))
                .isEqualTo(TestCatalogue.json("""
                        {"data": {"id": "acme/swift", "object": "model", "owned_by": "acme", "canonical_slug": "acme/swift-20260102", "hugging_face_id": null,
                          "name": "Swift", "created": 1767312000, "description": "", "context_length": 8000,
                          "architecture": {"modality": "text->text", "input_modalities": ["text"], "output_modalities": ["text"], "tokenizer": "Other", "instruct_type": null},
                          "pricing": {"prompt": "0.000001", "completion": "0.000004", "request": "0", "image": "0"},
                          "top_provider": {"context_length": 8000, "max_completion_tokens": null, "is_moderated": false},
                          "per_request_limits": null,
                          "supported_parameters": ["temperature", "top_p", "frequency_penalty", "presence_penalty", "max_tokens", "seed", "response_format", "stop", "tools", "tool_choice"],
                          "default_parameters": null, "supported_voices": null, "knowledge_cutoff": null, "expiration_date": null,
                          "links": {"details": "/api/v1/models/acme/swift/endpoints"}}}"""));
    }

    @Test
    void singleModelResolvesAliasesAndVariants() {
        for (String slug : List.of("gpt-4o", "gpt-4o:nitro", "gpt-4o-20240513")) {
            JsonNode answer = Json.read(ModelsJson.model(TestCatalogue.SHIPPED, "openai", slug));
            assertShape("ModelResponse", answer);
            assertThat(answer.get("data").get("id").asString()).isEqualTo("openai/gpt-4o");
        }
        JsonNode plain = Json.read(ModelsJson.openAiModel(TestCatalogue.SHIPPED, "gpt-4o"));
        assertThat(plain.get("id").asString()).isEqualTo("openai/gpt-4o");
        assertThat(plain.get("object").asString()).isEqualTo("model");
    }

    @Test
    void whatIsUnknownOrCannotBeServedIsNotFound() {
        Catalogue none = TestCatalogue.SHIPPED.withProviders(Set.of());
        assertNotFound(() -> ModelsJson.model(TestCatalogue.SHIPPED, "openai", "gpt-99"));
        assertNotFound(() -> ModelsJson.model(none, "openai", "gpt-4o"));
        assertNotFound(() -> ModelsJson.openAiModel(none, "gpt-4o"));
        assertNotFound(() -> ModelsJson.endpoints(none, "openai", "gpt-4o", Measurements.NONE));
        assertNotFound(() -> ModelsJson.model(none, "x", "y".repeat(10_000)));
    }

    @Test
    void writesPricesExactlyAndWithoutExponent() {
        JsonNode claude = pricing("anthropic", "claude-sonnet-4.5");
        assertThat(claude.get("prompt").asString()).isEqualTo("0.000003");
        assertThat(claude.get("input_cache_read").asString()).isEqualTo("0.0000003");
        assertThat(claude.get("input_cache_write").asString()).isEqualTo("0.00000375");
        assertThat(claude.get("input_cache_write_1h").asString()).isEqualTo("0.000006");
        JsonNode tier = pricing("google", "gemini-2.5-pro").get("overrides").get(0);
        assertThat(tier.get("min_prompt_tokens").asLong()).isEqualTo(200_000);
        assertThat(tier.get("prompt").asString()).isEqualTo("0.0000025");
        assertThat(pricing("faregate", "echo").get("completion").asString()).isEqualTo("0");
    }

    @Test
    void everyShippedPriceSurvivesTheWayOut() {
        for (Model model : TestCatalogue.SHIPPED.models()) {
            JsonNode endpoints = Json.read(ModelsJson.endpoints(
                            TestCatalogue.SHIPPED, model.author(), model.slug(), Measurements.NONE))
                    .get("data")
                    .get("endpoints");
            for (int i = 0; i < endpoints.size(); i++) {
                String text = endpoints.get(i).get("pricing").get("prompt").asString();
                assertThat(text).matches("0|0\\.[0-9]*[1-9]");
                assertThat(new BigDecimal(text).movePointRight(12).longValueExact())
                        .isEqualTo(model.usable().get(i).prices().picos(Rate.PROMPT, 0));
            }
        }
    }

    @Test
    void endpointsHaveTheShapeThatTheSdkInsistsOn() {
        for (Model model : TestCatalogue.SHIPPED.models()) {
            for (Measurements measured : List.of(Measurements.NONE, MEASURED)) {
                assertShape(
                        "listendpoints.ListEndpointsResponse",
                        Json.read(ModelsJson.endpoints(TestCatalogue.SHIPPED, model.author(), model.slug(), measured)));
            }
        }
        JsonNode first = Json.read(ModelsJson.endpoints(TestCatalogue.SHIPPED, "openai", "gpt-4o", MEASURED))
                .get("data")
                .get("endpoints")
                .get(0);
        assertThat(first.get("status").asInt()).isEqualTo(-1);
        assertThat(first.get("latency_last_30m").get("p50").asDouble()).isEqualTo(0.25);
        assertThat(first.get("supports_tool_choice").get("function").asBoolean())
                .isTrue();
    }

    @Test
    void strangersSeeUptimeButNoSpeed() {
        Measurements shown = MEASURED.forStrangers();
        JsonNode answer = Json.read(ModelsJson.endpoints(TestCatalogue.SHIPPED, "openai", "gpt-4o", shown));
        assertShape("listendpoints.ListEndpointsResponse", answer);
        JsonNode first = answer.get("data").get("endpoints").get(0);
        assertThat(first.get("status").asInt()).isEqualTo(-1);
        assertThat(first.get("uptime_last_5m").asDouble()).isEqualTo(100);
        assertThat(first.get("uptime_last_1d").asDouble()).isEqualTo(99.8);
        assertThat(first.get("latency_last_30m").isNull()).isTrue();
        assertThat(first.get("throughput_last_30m").isNull()).isTrue();
        assertThat(shown.tokensLastWeek(TestCatalogue.SHIPPED.models().getFirst()))
                .isEqualTo(1);
    }

    @Test
    void implicitCachingIsWhereReadingHasAPriceAndWritingHasNone() {
        assertThat(endpoint("openai", "gpt-4o", "OpenAI")
                        .get("supports_implicit_caching")
                        .asBoolean())
                .isTrue();
        assertThat(endpoint("anthropic", "claude-sonnet-4.5", "Anthropic")
                        .get("supports_implicit_caching")
                        .asBoolean())
                .isFalse();
    }

    @Test
    void countsByOutputModality() {
        JsonNode count = Json.read(ModelsJson.count(TestCatalogue.small(), Map.of()));
        assertShape("ModelsCountResponse", count);
        assertThat(count.get("data").get("count").asInt()).isEqualTo(4);
        assertThat(Json.read(ModelsJson.count(
                                TestCatalogue.small(), Map.of("output_modalities", List.of("embeddings"))))
                        .get("data")
                        .get("count")
                        .asInt())
                .isEqualTo(1);
        assertThatThrownBy(() -> ModelsJson.count(TestCatalogue.small(), Map.of("output_modalities", List.of("x"))))
                .isInstanceOf(ApiException.class);
    }

    @Test
    void listsConfiguredProviders() {
        assertShape("listproviders.ListProvidersResponse", Json.read(ModelsJson.providers(TestCatalogue.SHIPPED)));
        JsonNode some = Json.read(ModelsJson.providers(TestCatalogue.SHIPPED.withProviders(Set.of("openai"))))
                .get("data");
        List<String> slugs = new ArrayList<>();
        some.forEach(p -> slugs.add(p.get("slug").asString()));
        assertThat(slugs).containsExactly("openai", "faregate");
    }

    @Test
    void zdrListsEndpointsOfProvidersKnownToKeepNothing() {
        JsonNode zdr = Json.read(ModelsJson.zdrEndpoints(TestCatalogue.small(), Measurements.NONE));
        assertShape("listendpointszdr.ListEndpointsZdrResponse", zdr);
        List<String> tags = new ArrayList<>();
        zdr.get("data").forEach(e -> tags.add(e.get("tag").asString()));
        assertThat(tags).containsExactly("acme", "acme");
    }

    @Test
    void pagesAndLinksToTheNextPageUntilTheLast() {
        Map<String, List<String>> query = Map.of("limit", List.of("3"), "q", List.of("s w"));
        Catalogue catalogue = TestCatalogue.small();
        JsonNode none = Json.read(ModelsJson.list(catalogue, query, PLAIN));
        assertThat(none.get("total_count").asInt()).isZero();
        assertThat(none.get("links").get("next").isNull()).isTrue();

        JsonNode first = Json.read(ModelsJson.list(
                catalogue, Map.of("limit", List.of("3"), "output_modalities", List.of("text,embeddings")), PLAIN));
        assertThat(first.get("data").size()).isEqualTo(3);
        assertThat(first.get("total_count").asInt()).isEqualTo(5);
        assertThat(first.get("links").get("next").asString())
                .isEqualTo("/api/v1/models?offset=3&limit=3&output_modalities=text%2Cembeddings");
        JsonNode last = Json.read(ModelsJson.list(
                catalogue,
                Map.of(
                        "limit", List.of("3"),
                        "offset", List.of("3"),
                        "output_modalities", List.of("text,embeddings")),
                PLAIN));
        assertThat(last.get("data").size()).isEqualTo(2);
        assertThat(last.get("links").get("next").isNull()).isTrue();
    }

    /// What a caller may not use is not there, and what a model costs is what it costs where the caller may use it.
    @Test
    void showsOnlyWhatTheCallerMayUse() {
        EndpointRule rule = new EndpointRule() {
            @Override
            public @Nullable ApiError refusal(Model model, Variant variant) {
                return model.id().equals("other/swift") ? new ApiError.NotFound("no") : null;
            }

            @Override
            public @Nullable String whatExcludes(Model model, ModelEndpoint endpoint, boolean mayRetain) {
                return endpoint.provider().slug().equals("bulk") ? "allowed_providers" : null;
            }

            @Override
            public ApiError whyNone(Model model, List<String> excludedBy) {
                throw new AssertionError();
            }
        };
        ModelsJson.ListContext own = new ModelsJson.ListContext("/api/v1/models/user", Measurements.NONE, rule, NOW);
        JsonNode list = Json.read(ModelsJson.list(TestCatalogue.small(), Map.of(), own));
        assertThat(list.get("data").valueStream().map(m -> m.get("id").asString()))
                .containsExactly("acme/swift", "faregate/echo");
        assertThat(list.get("data").get(0).get("pricing").get("prompt").asString())
                .isEqualTo("0.000002");
    }

    @Test
    void writesAFeedThatXmlReadersRead() throws Exception {
        Map<String, List<String>> query = Map.of("use_rss", List.of("true"), "q", List.of("swift"));
        ModelsFeed.Wish wish = ModelsFeed.wish(query);
        assertThat(wish).isEqualTo(new ModelsFeed.Wish(false));
        assertThat(ModelsFeed.wish(Map.of("use_rss_chat_links", List.of("true"))))
                .isNull();
        Catalogue catalogue = TestCatalogue.read(TestCatalogue.SMALL.replace("\"Swift\"", "\"Swift <&> \\u0001Co\""));
        String host = "https://h.test";
        var items = read(ModelsFeed.write(catalogue, query, PLAIN, new ModelsFeed.Wish(false), host));
        assertThat(items).hasSize(3);
        assertThat(items.getFirst())
                .containsEntry("title", "Swift <&> Co")
                .containsEntry("link", "https://h.test/api/v1/models/acme/swift/endpoints")
                .containsEntry("guid", "acme/swift")
                .containsEntry("pubDate", "Fri, 2 Jan 2026 00:00:00 GMT");
        var chat = read(ModelsFeed.write(catalogue, query, PLAIN, new ModelsFeed.Wish(true), host));
        assertThat(chat.getFirst()).containsEntry("link", "https://h.test/chat?models=acme/swift");
    }

    private static List<Map<String, String>> read(byte[] feed) throws Exception {
        var factory = javax.xml.parsers.DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        var items = factory.newDocumentBuilder()
                .parse(new java.io.ByteArrayInputStream(feed))
                .getElementsByTagName("item");
        List<Map<String, String>> read = new ArrayList<>();
        for (int i = 0; i < items.getLength(); i++) {
            Map<String, String> item = new java.util.HashMap<>();
            var children = items.item(i).getChildNodes();
            for (int j = 0; j < children.getLength(); j++) {
                item.put(children.item(j).getNodeName(), children.item(j).getTextContent());
            }
            read.add(item);
        }
        return read;
    }

    @Test
    void checkerNoticesWhatIsMissingOrNull() {
        JsonNode good = Json.read(ModelsJson.list(TestCatalogue.small(), Map.of(), PLAIN));
        assertThat(problems(SHAPES.get("ModelsListResponse"), good, "")).isEmpty();
        JsonNode without = TestCatalogue.json(good.toString().replaceFirst("\"canonical_slug\":\"[^\"]*\",", ""));
        assertThat(problems(SHAPES.get("ModelsListResponse"), without, ""))
                .containsExactly("/data/0/canonical_slug is missing");
        JsonNode nulled = TestCatalogue.json(good.toString().replaceFirst("\"prompt\":\"[^\"]*\"", "\"prompt\":null"));
        assertThat(problems(SHAPES.get("ModelsListResponse"), nulled, ""))
                .containsExactly("/data/0/pricing/prompt is not string");
    }

    private static JsonNode pricing(String author, String slug) {
        return Json.read(ModelsJson.model(TestCatalogue.SHIPPED, author, slug))
                .get("data")
                .get("pricing");
    }

    private static JsonNode endpoint(String author, String slug, String provider) {
        for (JsonNode e : Json.read(ModelsJson.endpoints(TestCatalogue.SHIPPED, author, slug, Measurements.NONE))
                .get("data")
                .get("endpoints")) {
            if (e.get("provider_name").asString().equals(provider)) {
                return e;
            }
        }
        throw new AssertionError("no endpoint at " + provider);
    }

    private static void assertNotFound(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.error())
                                .isInstanceOfSatisfying(
                                        ApiError.NotFound.class,
                                        notFound ->
                                                assertThat(notFound.message()).hasSizeLessThan(200)));
    }

    private static void assertShape(String shape, JsonNode answer) {
        assertThat(problems(SHAPES.get(shape), answer, "")).as(shape).isEmpty();
    }

    /// What is wrong with a value by this cut-down JSON schema: types, required fields, items,
    /// references.
    private static List<String> problems(JsonNode schema, JsonNode value, String path) {
        if (schema.has("$ref")) {
            return problems(SHAPES.get(schema.get("$ref").asString()), value, path);
        }
        if (schema.has("anyOf")) {
            List<String> best = List.of();
            for (JsonNode choice : schema.get("anyOf")) {
                List<String> found = problems(choice, value, path);
                if (found.isEmpty()) {
                    return found;
                }
                best = best.isEmpty() ? found : best;
            }
            return best;
        }
        if (!hasType(schema.get("type"), value)) {
            return List.of(path + " is not " + schema.get("type").asString());
        }
        List<String> found = new ArrayList<>();
        for (JsonNode required : schema.path("required")) {
            if (!value.has(required.asString())) {
                found.add(path + "/" + required.asString() + " is missing");
            }
        }
        for (String name : schema.path("properties").propertyNames()) {
            if (value.has(name)) {
                found.addAll(problems(schema.get("properties").get(name), value.get(name), path + "/" + name));
            }
        }
        for (int i = 0; i < value.size() && schema.has("items"); i++) {
            found.addAll(problems(schema.get("items"), value.get(i), path + "/" + i));
        }
        return found;
    }

    private static boolean hasType(JsonNode types, JsonNode value) {
        if (types.isArray()) {
            for (JsonNode type : types) {
                if (hasType(type, value)) {
                    return true;
                }
            }
            return false;
        }
        return switch (types.asString()) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> throw new AssertionError("no such type " + types);
        };
    }

    private static JsonNode shapes() {
        try (InputStream in = ModelsJsonTest.class.getResourceAsStream("/models/answers.json")) {
            if (in == null) {
                throw new AssertionError("models/answers.json is missing");
            }
            return Json.read(in.readAllBytes());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
