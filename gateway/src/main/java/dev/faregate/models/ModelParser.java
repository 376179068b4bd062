package dev.faregate.models;

import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads models and providers in the shape that the shipped catalogue and `faregate.yaml` share.
final class ModelParser {
    static final Pattern ID = Pattern.compile("[~]?[a-z0-9][a-z0-9._-]{0,63}/[a-z0-9][a-z0-9._:@+-]{0,127}");
    static final Pattern SLUG = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    private static final Pattern TAG = Pattern.compile("[a-z0-9][a-z0-9._/-]{0,127}");
    private static final Pattern NAME = Pattern.compile("[\\x21-\\x7e]{1,200}");

    private static final Set<String> MODEL_KEYS = Set.of(
            "id",
            "canonical_slug",
            "aliases",
            "name",
            "description",
            "created",
            "knowledge_cutoff",
            "context_length",
            "input_modalities",
            "output_modalities",
            "tokenizer",
            "categories",
            "supported_parameters",
            "free",
            "endpoints");
    private static final Set<String> ENDPOINT_KEYS = Set.of(
            "provider",
            "upstream_model",
            "tag",
            "context_length",
            "max_completion_tokens",
            "max_prompt_tokens",
            "quantization",
            "supported_parameters",
            "free",
            "pricing",
            "ignores_output_limit",
            "reasoning_beyond_limit",
            "image_tokens",
            "overhead_tokens",
            EndpointBounds.MAX_AUDIO_SECONDS);

    private final Map<String, UpstreamProvider> providers;
    private final long createdOtherwise;

    /// `createdOtherwise` (Unix seconds) dates models that say nothing about it.
    ModelParser(Map<String, UpstreamProvider> providers, long createdOtherwise) {
        this.providers = providers;
        this.createdOtherwise = createdOtherwise;
    }

    /// A model; what it does not say is taken from `known` where that is given.
    Model model(Fields fields, @Nullable Model known) {
        fields.onlyKeys(MODEL_KEYS);
        String id = matching(fields, "id", ID, "not of the form author/slug in lower case");
        Model base = known != null ? known : blank(id);
        long context = or(fields.findPositive("context_length"), base.contextLength());
        if (context == 0) {
            throw fields.wrong("context_length", "missing: without it the cost of a request has no bound");
        }
        List<String> outputs =
                or(fields.findWords("output_modalities", Vocabulary.OUTPUT_MODALITIES), base.outputModalities());
        boolean draws = Model.draws(outputs);
        Set<String> usual = known == null ? usual(outputs) : base.supportedParameters();
        Model described = new Model(
                id,
                matchingOr(fields, "canonical_slug", ID, base.canonicalSlug()),
                aliases(fields, base),
                or(fields.findText("name"), base.name()),
                orNull(fields.findText("description"), base.description()),
                or(fields.findPositive("created"), base.created()),
                orNull(day(fields), base.knowledgeCutoff()),
                context,
                or(fields.findWords("input_modalities", Vocabulary.INPUT_MODALITIES), base.inputModalities()),
                outputs,
                or(fields.findText("tokenizer"), base.tokenizer()),
                or(fields.findWords("categories", Vocabulary.CATEGORIES), base.categories()),
                parameters(fields, draws, usual),
                List.of(),
                List.of());
        return described.withEndpoints(endpoints(fields, described, base), List.of());
    }

    /// What an operator's own model understands where nothing is said.
    private static Set<String> usual(List<String> outputs) {
        if (Model.draws(outputs)) {
            return ordered(Vocabulary.PLAIN_IMAGE_PARAMETERS);
        }
        boolean transcribes = outputs.contains("transcription");
        return ordered(transcribes ? Vocabulary.PLAIN_TRANSCRIPTION_PARAMETERS : Vocabulary.PLAIN_PARAMETERS);
    }

    /// What is taken for granted of a new model; the context length is not.
    private Model blank(String id) {
        List<String> text = List.of("text");
        Set<String> plain = ordered(Vocabulary.PLAIN_PARAMETERS);
        return new Model(
                id,
                id,
                List.of(),
                id,
                null,
                createdOtherwise,
                null,
                0,
                text,
                text,
                "Other",
                List.of(),
                plain,
                List.of(),
                List.of());
    }

    /// The provider that an entry means; facts it does not state are taken from `base` where that is
    /// given.
    static UpstreamProvider provider(Fields fields, @Nullable UpstreamProvider base) {
        String slug = matching(fields, "slug", SLUG, "not a slug of lower-case letters, digits, dots and dashes");
        WireFormat format = format(fields, base);
        String region = format == WireFormat.BEDROCK ? AwsRegion.stated(fields) : null;
        String known = region == null ? (base == null ? null : base.baseUrl()) : AwsRegion.bedrock(region);
        String baseUrl = orNull(url(fields), known);
        boolean wherever = format == WireFormat.AZURE || format == WireFormat.VERTEX || format == WireFormat.BUILT_IN;
        if (base == null && baseUrl == null && !wherever) {
            throw format == WireFormat.BEDROCK
                    ? fields.wrong("region", "missing, and so is base_url")
                    : fields.wrong("base_url", "missing");
        }
        Fields policy = fields.findObject("policy");
        UpstreamProvider.Imprint imprint = base != null
                ? base.imprint()
                : new UpstreamProvider.Imprint(
                        fields.findText("headquarters"),
                        fields.findText("privacy_policy_url"),
                        fields.findText("terms_of_service_url"),
                        fields.findText("status_page_url"));
        return new UpstreamProvider(
                slug,
                or(fields.findText("name"), base == null ? slug : base.name()),
                format,
                baseUrl,
                or(fields.findTexts("env"), base == null ? List.of() : base.env()),
                policy(policy, base),
                orNull(policy == null ? null : policy.findText("region"), base == null ? null : base.region()),
                fields.flag("stops_billing_on_cancel", base != null && base.stopsBillingOnCancel()),
                imprint);
    }

    private static WireFormat format(Fields fields, @Nullable UpstreamProvider base) {
        String word = fields.findText("format");
        if (word == null) {
            if (base == null) {
                throw fields.wrong("format", "missing: this is not a built-in provider");
            }
            return base.format();
        }
        WireFormat format = WireFormat.find(word);
        if (format == null) {
            throw fields.wrong("format", "not one of openai, anthropic, gemini, vertex, bedrock, azure, cohere");
        }
        return format;
    }

    /// Half a statement leaves the other half unknown, and unknown counts as the worse.
    private static UpstreamProvider.@Nullable DataPolicy policy(
            @Nullable Fields policy, @Nullable UpstreamProvider base) {
        if (policy == null || (!policy.has("retains_prompts") && !policy.has("trains"))) {
            return base == null ? null : base.policy();
        }
        return new UpstreamProvider.DataPolicy(
                policy.flag("retains_prompts", base == null || base.mayRetain()),
                policy.flag("trains", base == null || base.mayTrain()));
    }

    private static @Nullable String url(Fields fields) {
        String url = fields.findText("base_url");
        if (url != null && !url.matches("https?://[^\\s/]+[^\\s]*")) {
            throw fields.wrong("base_url", "not an http or https URL");
        }
        return url != null && url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    /// The endpoints stated here replace those of the same providers; the others of `base` stay, after
    /// them.
    private List<ModelEndpoint> endpoints(Fields fields, Model model, Model base) {
        boolean free = fields.flag("free", false);
        List<ModelEndpoint> stated = new ArrayList<>();
        Set<String> tags = new HashSet<>();
        for (Fields endpoint : fields.objects("endpoints")) {
            ModelEndpoint made = endpoint(endpoint, model, free);
            if (!tags.add(made.tag())) {
                throw endpoint.wrong("tag", "another endpoint of this model has the tag " + made.tag());
            }
            stated.add(made);
        }
        Set<String> replaced = new HashSet<>();
        stated.forEach(e -> replaced.add(e.provider().slug()));
        Predicate<ModelEndpoint> stays = e -> !replaced.contains(e.provider().slug());
        base.endpoints().stream().filter(stays).map(e -> free ? free(e) : e).forEach(stated::add);
        if (stated.isEmpty()) {
            throw fields.wrong("endpoints", "missing: a new model needs at least one");
        }
        return List.copyOf(stated);
    }

    private ModelEndpoint endpoint(Fields fields, Model model, boolean freeModel) {
        fields.onlyKeys(ENDPOINT_KEYS);
        String slug = fields.text("provider");
        UpstreamProvider provider = providers.get(slug);
        if (provider == null) {
            throw fields.wrong("provider", "no such provider");
        }
        String quantization = fields.findText("quantization");
        if (quantization != null && !Vocabulary.QUANTIZATIONS.contains(quantization)) {
            throw fields.wrong("quantization", "not one of " + String.join(", ", Vocabulary.QUANTIZATIONS));
        }
        Prices prices = prices(fields, model, freeModel);
        EndpointBounds bounds = EndpointBounds.of(fields);
        if (prices.priceSeconds() && bounds.audioSeconds() == null) {
            throw fields.wrong(
                    EndpointBounds.MAX_AUDIO_SECONDS, "missing: without it a price per second of audio has no bound");
        }
        return new ModelEndpoint(
                provider,
                or(fields.findText("upstream_model"), model.slug()),
                matchingOr(fields, "tag", TAG, slug),
                or(fields.findPositive("context_length"), model.contextLength()),
                fields.findPositive("max_completion_tokens"),
                fields.findPositive("max_prompt_tokens"),
                quantization,
                parameters(fields, model.draws(), model.supportedParameters()),
                prices,
                bounds);
    }

    private static Prices prices(Fields endpoint, Model model, boolean freeModel) {
        Fields pricing = endpoint.findObject("pricing");
        if (freeModel || endpoint.flag("free", false)) {
            if (pricing != null) {
                throw endpoint.wrong("pricing", "stated for something marked free");
            }
            return Prices.FREE;
        }
        if (pricing == null) {
            return Prices.UNKNOWN;
        }
        Prices prices = PricingParser.parse(pricing);
        if (model.draws()) {
            return withoutTokens(prices, Rate.IMAGE_OUTPUT);
        }
        if (model.transcribes()) {
            return withoutTokens(prices, Rate.AUDIO_SECOND);
        }
        return model.outputModalities().contains("text") ? prices : withoutCompletions(prices, model.reranks());
    }

    /// Images are paid for by the piece or by their tokens, audio by its seconds or by tokens: where
    /// such a `fee` is all that is stated, tokens are known to cost nothing. A price of the prompt
    /// alone says nothing of what is made.
    private static Prices withoutTokens(Prices prices, Rate fee) {
        if (!prices.base().has(fee)) {
            return prices;
        }
        Map<Rate, Long> rates = stated(prices);
        rates.putIfAbsent(Rate.PROMPT, 0L);
        rates.putIfAbsent(Rate.COMPLETION, 0L);
        return Prices.of(Rates.of(rates), prices.overrides());
    }

    /// Embeddings and the like have no completion tokens: their price is known to be nothing.
    /// `byRequest`: so is that of prompt tokens where a fee per request is all that is stated.
    private static Prices withoutCompletions(Prices prices, boolean byRequest) {
        boolean fee = byRequest && prices.base().has(Rate.REQUEST);
        if (prices.base().has(Rate.COMPLETION) || (!prices.base().has(Rate.PROMPT) && !fee)) {
            return prices;
        }
        Map<Rate, Long> rates = stated(prices);
        rates.putIfAbsent(Rate.PROMPT, 0L);
        rates.put(Rate.COMPLETION, 0L);
        return Prices.of(Rates.of(rates), prices.overrides());
    }

    private static Map<Rate, Long> stated(Prices prices) {
        Map<Rate, Long> rates = new EnumMap<>(Rate.class);
        for (Rate rate : Rate.values()) {
            if (prices.base().has(rate)) {
                rates.put(rate, prices.base().get(rate));
            }
        }
        return rates;
    }

    private static ModelEndpoint free(ModelEndpoint endpoint) {
        return new ModelEndpoint(
                endpoint.provider(),
                endpoint.upstreamModel(),
                endpoint.tag(),
                endpoint.contextLength(),
                endpoint.maxCompletionTokens(),
                endpoint.maxPromptTokens(),
                endpoint.quantization(),
                endpoint.supportedParameters(),
                Prices.FREE,
                endpoint.bounds());
    }

    private static List<String> aliases(Fields fields, Model base) {
        Set<String> all = new LinkedHashSet<>(base.aliases());
        List<String> stated = or(fields.findTexts("aliases"), List.of());
        for (int i = 0; i < stated.size(); i++) {
            if (!NAME.matcher(stated.get(i)).matches()) {
                throw fields.wrong("aliases[" + i + "]", "not a name of at most 200 visible characters");
            }
            all.add(stated.get(i).toLowerCase(Locale.ROOT));
        }
        return List.copyOf(all);
    }

    private static Set<String> parameters(Fields fields, boolean draws, Set<String> otherwise) {
        List<String> stated =
                fields.findWords("supported_parameters", draws ? Vocabulary.IMAGE_PARAMETERS : Vocabulary.PARAMETERS);
        return stated == null ? otherwise : ordered(stated);
    }

    private static Set<String> ordered(List<String> words) {
        return Collections.unmodifiableSet(new LinkedHashSet<>(words));
    }

    private static @Nullable String day(Fields fields) {
        String text = fields.findText("knowledge_cutoff");
        try {
            return text == null ? null : LocalDate.parse(text).toString();
        } catch (DateTimeParseException e) {
            throw fields.wrong("knowledge_cutoff", "not a day such as 2026-01-31");
        }
    }

    private static String matching(Fields fields, String key, Pattern pattern, String problem) {
        String text = fields.text(key);
        if (!pattern.matcher(text).matches()) {
            throw fields.wrong(key, problem);
        }
        return text;
    }

    private static String matchingOr(Fields fields, String key, Pattern pattern, String otherwise) {
        return fields.has(key) ? matching(fields, key, pattern, "has characters that do not belong there") : otherwise;
    }

    private static <T> T or(@Nullable T value, T otherwise) {
        return value != null ? value : otherwise;
    }

    private static @Nullable String orNull(@Nullable String value, @Nullable String otherwise) {
        return value != null ? value : otherwise;
    }
}
