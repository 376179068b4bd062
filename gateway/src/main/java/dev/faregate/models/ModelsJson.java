package dev.faregate.models;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// The answers of the catalogue part of the API (contract 2.2 and 4) as bytes; pure functions of a
/// snapshot. They show usable models only; hand them an unrestricted snapshot to show all. Prices are
/// decimal strings in USD per token or piece. Items of the list are OpenAI's `model` objects as well
/// (`object`, `owned_by`).
public final class ModelsJson {
    private static final String DETAILS = "/api/v1/models/";

    private ModelsJson() {}

    /// What a list needs beside the snapshot: the path it was asked under (for the link to the next
    /// page), what was measured, what this caller may use, and the time.
    public record ListContext(String path, Measurements measured, EndpointRule rule, Instant now) {
        /// Everybody sees everything and nothing was measured.
        public static ListContext plain(String path, Instant now) {
            return new ListContext(path, Measurements.NONE, EndpointRule.NONE, now);
        }
    }

    /// `GET /models` and `GET /models/user`. Throws `ApiException` (400) for a query that cannot be
    /// understood.
    public static byte[] list(Catalogue catalogue, Map<String, List<String>> query, ListContext context) {
        return list(ModelQuery.parse(query, context.now()), catalogue, query, context);
    }

    /// `GET /embeddings/models`, which knows `offset` and `limit` only.
    public static byte[] embeddings(Catalogue catalogue, Map<String, List<String>> query, ListContext context) {
        Map<String, List<String>> page = new LinkedHashMap<>(query);
        page.keySet().retainAll(List.of("offset", "limit"));
        return list(ModelQuery.parseEmbeddings(page), catalogue, page, context);
    }

    private static byte[] list(
            ModelQuery asked, Catalogue catalogue, Map<String, List<String>> query, ListContext context) {
        List<Model> all = asked.select(catalogue, context);
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringProperty("object", "list");
            json.writeArrayPropertyStart("data");
            asked.page(all).forEach(model -> writeModel(json, model));
            json.writeEndArray();
            json.writeNumberProperty("total_count", all.size());
            json.writeObjectPropertyStart("links");
            writeNullable(json, "next", nextLink(asked, all.size(), query, context.path()));
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /// `GET /models/count`, which knows `output_modalities` only.
    public static byte[] count(Catalogue catalogue, Map<String, List<String>> query) {
        int count = ModelQuery.parseOutputsOnly(query)
                .select(catalogue, ListContext.plain("", Instant.EPOCH))
                .size();
        return Json.write(json -> {
            json.writeStartObject();
            json.writeObjectPropertyStart("data");
            json.writeNumberProperty("count", count);
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /// `GET /model/{author}/{slug}`; variant suffixes and aliases are understood. 404 for what is unknown
    /// or not usable.
    public static byte[] model(Catalogue catalogue, String author, String slug) {
        Model model = usable(catalogue, author + "/" + slug);
        return Json.write(json -> {
            json.writeStartObject();
            json.writeName("data");
            writeModel(json, model);
            json.writeEndObject();
        });
    }

    /// OpenAI's `GET /models/{id}`: the same item without an envelope. 404 for what is unknown or not
    /// usable.
    public static byte[] openAiModel(Catalogue catalogue, String id) {
        Model model = usable(catalogue, id);
        return Json.write(json -> writeModel(json, model));
    }

    /// `GET /models/{author}/{slug}/endpoints`: the usable endpoints, cheapest first. 404 for an unknown
    /// model.
    public static byte[] endpoints(Catalogue catalogue, String author, String slug, Measurements measured) {
        Model model = usable(catalogue, author + "/" + slug);
        return Json.write(json -> {
            json.writeStartObject();
            json.writeObjectPropertyStart("data");
            json.writeStringProperty("id", model.id());
            json.writeStringProperty("name", model.name());
            json.writeNumberProperty("created", model.created());
            json.writeStringProperty("description", model.description() == null ? "" : model.description());
            writeArchitecture(json, model);
            json.writeArrayPropertyStart("endpoints");
            model.usable().forEach(e -> writeEndpoint(json, model, e, measured.of(model, e)));
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /// `GET /endpoints/zdr`: every usable endpoint whose provider is known to keep nothing.
    public static byte[] zdrEndpoints(Catalogue catalogue, Measurements measured) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            for (Model model : catalogue.usable()) {
                for (ModelEndpoint endpoint : model.usable()) {
                    if (!endpoint.provider().mayRetain()) {
                        writeEndpoint(json, model, endpoint, measured.of(model, endpoint));
                    }
                }
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    /// `GET /providers`: the providers that are configured in this snapshot.
    public static byte[] providers(Catalogue catalogue) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            catalogue.providers().stream()
                    .filter(p -> catalogue.isConfigured(p.slug()))
                    .forEach(p -> writeProvider(json, p));
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    /// 404 for what is unknown or not usable.
    static Model usable(Catalogue catalogue, String id) {
        if (catalogue.resolve(id) instanceof Resolution.Found(Model model, Variant _) && model.isUsable()) {
            return model;
        }
        throw new ApiException(new ApiError.NotFound("Model " + shortened(id) + " not found."));
    }

    private static String shortened(String id) {
        return id.length() <= 100 ? id : id.substring(0, 100) + "...";
    }

    private static void writeModel(JsonGenerator json, Model model) {
        ModelEndpoint top = model.usable().getFirst();
        json.writeStartObject();
        json.writeStringProperty("id", model.id());
        json.writeStringProperty("object", "model");
        json.writeStringProperty("owned_by", model.author());
        json.writeStringProperty("canonical_slug", model.canonicalSlug());
        json.writeNullProperty("hugging_face_id");
        json.writeStringProperty("name", model.name());
        json.writeNumberProperty("created", model.created());
        json.writeStringProperty("description", model.description() == null ? "" : model.description());
        json.writeNumberProperty("context_length", model.contextLength());
        writeArchitecture(json, model);
        writePricing(json, top.prices());
        json.writeObjectPropertyStart("top_provider");
        json.writeNumberProperty("context_length", top.contextLength());
        writeNullable(json, "max_completion_tokens", top.maxCompletionTokens());
        json.writeBooleanProperty("is_moderated", false);
        json.writeEndObject();
        json.writeNullProperty("per_request_limits");
        writeTexts(json, "supported_parameters", model.supportedParameters());
        json.writeNullProperty("default_parameters");
        json.writeNullProperty("supported_voices");
        writeNullable(json, "knowledge_cutoff", model.knowledgeCutoff());
        json.writeNullProperty("expiration_date");
        json.writeObjectPropertyStart("links");
        json.writeStringProperty("details", DETAILS + model.id() + "/endpoints");
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void writeArchitecture(JsonGenerator json, Model model) {
        json.writeObjectPropertyStart("architecture");
        json.writeStringProperty("modality", model.modality());
        writeTexts(json, "input_modalities", model.inputModalities());
        writeTexts(json, "output_modalities", model.outputModalities());
        json.writeStringProperty("tokenizer", model.tokenizer());
        json.writeNullProperty("instruct_type");
        json.writeEndObject();
    }

    private static void writeEndpoint(
            JsonGenerator json, Model model, ModelEndpoint endpoint, Measurements.EndpointFigures figures) {
        boolean tools = endpoint.supports("tools");
        boolean choice = tools && endpoint.supports("tool_choice");
        json.writeStartObject();
        json.writeStringProperty("name", endpoint.provider().name() + " | " + model.id());
        json.writeStringProperty("model_id", model.id());
        json.writeStringProperty("model_name", model.name());
        json.writeStringProperty("provider_name", endpoint.provider().name());
        json.writeStringProperty("tag", endpoint.tag());
        writeNullable(json, "quantization", endpoint.quantization());
        json.writeNumberProperty("context_length", endpoint.contextLength());
        writeNullable(json, "max_completion_tokens", endpoint.maxCompletionTokens());
        writeNullable(json, "max_prompt_tokens", endpoint.maxPromptTokens());
        writeTexts(json, "supported_parameters", endpoint.supportedParameters());
        json.writeBooleanProperty("supports_implicit_caching", endpoint.cachesImplicitly());
        json.writeObjectPropertyStart("supports_tool_choice");
        json.writeBooleanProperty("auto", tools);
        json.writeBooleanProperty("none", choice);
        json.writeBooleanProperty("required", choice);
        json.writeBooleanProperty("function", choice);
        json.writeEndObject();
        // Required by the newest Python SDK (openrouter 1.3.84).
        json.writeObjectPropertyStart("native_tools");
        json.writeEndObject();
        json.writeNullProperty("service_tier");
        json.writeBooleanProperty("supports_diarization", false);
        writePricing(json, endpoint.prices());
        json.writeNumberProperty("status", figures.status());
        writeNullable(json, "uptime_last_5m", figures.uptimeLast5m());
        writeNullable(json, "uptime_last_30m", figures.uptimeLast30m());
        writeNullable(json, "uptime_last_1d", figures.uptimeLast1d());
        writePercentiles(json, "latency_last_30m", figures.latency());
        writePercentiles(json, "throughput_last_30m", figures.throughput());
        json.writeEndObject();
    }

    private static void writePricing(JsonGenerator json, Prices prices) {
        json.writeObjectPropertyStart("pricing");
        json.writeStringProperty("prompt", Rates.dollars(prices.picos(Rate.PROMPT, 0)));
        json.writeStringProperty("completion", Rates.dollars(prices.picos(Rate.COMPLETION, 0)));
        // Old clients read these two without asking whether they are there.
        json.writeStringProperty("request", Rates.dollars(prices.picos(Rate.REQUEST, 0)));
        json.writeStringProperty("image", Rates.dollars(prices.picos(Rate.IMAGE, 0)));
        for (Rate rate : Rate.values()) {
            boolean written = switch (rate) {
                case PROMPT, COMPLETION, REQUEST, IMAGE -> true;
                case CACHE_READ,
                        CACHE_WRITE,
                        CACHE_WRITE_1H,
                        REASONING,
                        AUDIO,
                        AUDIO_OUTPUT,
                        IMAGE_TOKEN,
                        IMAGE_OUTPUT,
                        WEB_SEARCH,
                        AUDIO_SECOND -> false;
            };
            if (!written && prices.base().has(rate)) {
                json.writeStringProperty(rate.key(), Rates.dollars(prices.base().get(rate)));
            }
        }
        writeOverrides(json, prices.overrides());
        json.writeEndObject();
    }

    private static void writeOverrides(JsonGenerator json, List<PriceOverride> overrides) {
        if (overrides.isEmpty()) {
            return;
        }
        json.writeArrayPropertyStart("overrides");
        for (PriceOverride override : overrides) {
            json.writeStartObject();
            json.writeNumberProperty("min_prompt_tokens", override.minPromptTokens());
            for (Rate rate : Rate.values()) {
                if (override.rates().has(rate)) {
                    json.writeStringProperty(
                            rate.key(), Rates.dollars(override.rates().get(rate)));
                }
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeProvider(JsonGenerator json, UpstreamProvider provider) {
        UpstreamProvider.Imprint imprint = provider.imprint();
        json.writeStartObject();
        json.writeStringProperty("name", provider.name());
        json.writeStringProperty("slug", provider.slug());
        writeNullable(json, "privacy_policy_url", imprint.privacyPolicyUrl());
        writeNullable(json, "terms_of_service_url", imprint.termsOfServiceUrl());
        writeNullable(json, "status_page_url", imprint.statusPageUrl());
        writeNullable(json, "headquarters", imprint.headquarters());
        json.writeNullProperty("datacenters");
        json.writeEndObject();
    }

    /// The same query with the next offset; a path of this server, as `links.details` is.
    private static @Nullable String nextLink(
            ModelQuery asked, int total, Map<String, List<String>> query, String path) {
        Integer next = asked.nextOffset(total);
        if (next == null) {
            return null;
        }
        StringBuilder link = new StringBuilder(path);
        link.append("?offset=").append(next).append("&limit=").append(asked.limit());
        query.forEach((name, values) -> {
            if (!name.equals("offset") && !name.equals("limit")) {
                values.forEach(value -> link.append('&')
                        .append(URLEncoder.encode(name, StandardCharsets.UTF_8))
                        .append('=')
                        .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
            }
        });
        return link.toString();
    }

    static void writeTexts(JsonGenerator json, String name, Collection<String> texts) {
        json.writeArrayPropertyStart(name);
        texts.forEach(json::writeString);
        json.writeEndArray();
    }

    private static void writePercentiles(
            JsonGenerator json, String name, Measurements.@Nullable Percentiles percentiles) {
        if (percentiles == null) {
            json.writeNullProperty(name);
            return;
        }
        json.writeObjectPropertyStart(name);
        json.writeNumberProperty("p50", percentiles.p50());
        json.writeNumberProperty("p75", percentiles.p75());
        json.writeNumberProperty("p90", percentiles.p90());
        json.writeNumberProperty("p99", percentiles.p99());
        json.writeEndObject();
    }

    private static void writeNullable(JsonGenerator json, String name, @Nullable String value) {
        if (value == null) {
            json.writeNullProperty(name);
        } else {
            json.writeStringProperty(name, value);
        }
    }

    private static void writeNullable(JsonGenerator json, String name, @Nullable Long value) {
        if (value == null) {
            json.writeNullProperty(name);
        } else {
            json.writeNumberProperty(name, value);
        }
    }

    private static void writeNullable(JsonGenerator json, String name, @Nullable Double value) {
        if (value == null) {
            json.writeNullProperty(name);
        } else {
            json.writeNumberProperty(name, value);
        }
    }
}
