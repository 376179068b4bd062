package dev.faregate.chat;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The `provider` object of a request (contract 3.7): which providers a caller wants, and in which order.
/// A closed object: an unknown member is a 400. `usualSort` is no member of it: it applies where neither the
/// request nor the variant of its model asks for an order.
public record ProviderPreferences(
        List<String> order,
        List<String> only,
        List<String> ignore,
        boolean allowFallbacks,
        boolean requireParameters,
        boolean denyDataCollection,
        boolean zeroDataRetention,
        List<String> quantizations,
        @Nullable Sort sort,
        Map<PriceKind, BigDecimal> maxPrice,
        Cutoffs minThroughput,
        Cutoffs maxLatency,
        @Nullable Sort usualSort) {

    /// What percentiles of the last 30 minutes should be at least or at most, in tokens per second or in seconds;
    /// null where nothing is asked. Endpoints that miss one are asked after those that do not.
    public record Cutoffs(
            @Nullable Double p50,
            @Nullable Double p75,
            @Nullable Double p90,
            @Nullable Double p99) {
        public static final Cutoffs NONE = new Cutoffs(null, null, null, null);

        public boolean isNone() {
            return equals(NONE);
        }

        /// Whether these figures are on that side of what is asked.
        public boolean metBy(Side side, double at50, double at75, double at90, double at99) {
            return side.holds(at50, p50) && side.holds(at75, p75) && side.holds(at90, p90) && side.holds(at99, p99);
        }
    }

    /// On which side of a cutoff a figure should be; the cutoff itself is on both.
    public enum Side {
        AT_LEAST,
        AT_MOST;

        private boolean holds(double figure, @Nullable Double cutoff) {
            return cutoff == null || (this == AT_LEAST ? figure >= cutoff : figure <= cutoff);
        }
    }

    /// What endpoints are sorted by; sorting switches load balancing off.
    public enum Sort {
        PRICE,
        THROUGHPUT,
        LATENCY;

        /// The sort of that word; null for anything else.
        public static @Nullable Sort find(@Nullable String word) {
            return switch (word) {
                case "price" -> PRICE;
                case "throughput" -> THROUGHPUT;
                case "latency" -> LATENCY;
                case null, default -> null;
            };
        }
    }

    /// The prices that `max_price` can cap, in USD per million tokens, or per request or image.
    public enum PriceKind {
        PROMPT,
        COMPLETION,
        REQUEST,
        IMAGE,
        AUDIO
    }

    public static final ProviderPreferences NONE = new ProviderPreferences(
            List.of(),
            List.of(),
            List.of(),
            true,
            false,
            false,
            false,
            List.of(),
            null,
            Map.of(),
            Cutoffs.NONE,
            Cutoffs.NONE,
            null);

    private static final int MAX_LIST = 100;
    private static final Set<String> QUANTIZATIONS =
            Set.of("int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32", "unknown");

    private static final List<String> PERCENTILES = List.of("p50", "p75", "p90", "p99");

    public ProviderPreferences {
        order = List.copyOf(order);
        only = List.copyOf(only);
        ignore = List.copyOf(ignore);
        quantizations = List.copyOf(quantizations);
        maxPrice = Map.copyOf(maxPrice);
    }

    /// True when the caller chose the order of endpoints, so that none is drawn by lot.
    public boolean ordered() {
        return !order.isEmpty() || sort != null;
    }

    ProviderPreferences withUsualSort(@Nullable Sort usual) {
        return new ProviderPreferences(
                order,
                only,
                ignore,
                allowFallbacks,
                requireParameters,
                denyDataCollection,
                zeroDataRetention,
                quantizations,
                sort,
                maxPrice,
                minThroughput,
                maxLatency,
                usual);
    }

    /// Reads the member `provider`; an `ApiException` 400 names the field that is wrong.
    static ProviderPreferences read(ObjectNode node) {
        Builder read = new Builder();
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            read.member(member.getKey(), member.getValue());
        }
        return new ProviderPreferences(
                read.order,
                read.only,
                read.ignore,
                read.allowFallbacks,
                read.requireParameters,
                read.denyDataCollection,
                read.zeroDataRetention,
                read.quantizations,
                read.sort,
                read.maxPrice,
                read.minThroughput,
                read.maxLatency,
                null);
    }

    private static final class Builder {
        private List<String> order = List.of();
        private List<String> only = List.of();
        private List<String> ignore = List.of();
        private boolean allowFallbacks = true;
        private boolean requireParameters;
        private boolean denyDataCollection;
        private boolean zeroDataRetention;
        private List<String> quantizations = List.of();
        private @Nullable Sort sort;
        private final Map<PriceKind, BigDecimal> maxPrice = new EnumMap<>(PriceKind.class);
        private Cutoffs minThroughput = Cutoffs.NONE;
        private Cutoffs maxLatency = Cutoffs.NONE;

        private void member(String name, JsonNode value) {
            String path = "provider." + name;
            if (value.isNull()) {
                return;
            }
            switch (name) {
                case "order" -> order = slugs(path, value);
                case "only" -> only = slugs(path, value);
                case "ignore" -> ignore = slugs(path, value);
                case "allow_fallbacks" -> allowFallbacks = bool(path, value);
                case "require_parameters" -> requireParameters = bool(path, value);
                case "data_collection" ->
                    denyDataCollection =
                            word(path, value, Set.of("allow", "deny")).equals("deny");
                case "zdr" -> zeroDataRetention = bool(path, value);
                case "quantizations" -> {
                    quantizations = slugs(path, value);
                    for (String quantization : quantizations) {
                        if (!QUANTIZATIONS.contains(quantization)) {
                            throw bad(path, "has an unknown quantization \"" + shortened(quantization) + "\"");
                        }
                    }
                }
                case "sort" -> sort = sort(path, value);
                case "max_price" -> prices(path, value);
                case "preferred_min_throughput" -> minThroughput = cutoffs(path, value);
                case "preferred_max_latency" -> maxLatency = cutoffs(path, value);
                case "enforce_distillable_text" -> bool(path, value);
                default -> throw bad(path, "is not a known routing preference");
            }
        }

        private void prices(String path, JsonNode value) {
            if (!(value instanceof ObjectNode object)) {
                throw bad(path, "must be an object");
            }
            for (Map.Entry<String, JsonNode> price : object.properties()) {
                String pricePath = path + "." + price.getKey();
                PriceKind kind = kind(pricePath, price.getKey());
                if (!price.getValue().isNull()) {
                    maxPrice.put(kind, price(pricePath, price.getValue()));
                }
            }
        }
    }

    private static PriceKind kind(String path, String name) {
        for (PriceKind kind : PriceKind.values()) {
            if (kind.name().toLowerCase(Locale.ROOT).equals(name)) {
                return kind;
            }
        }
        throw bad(path, "is not a known price");
    }

    /// Prices are strings in the specification and numbers in the documentation: both are taken.
    private static BigDecimal price(String path, JsonNode value) {
        try {
            BigDecimal price = value.isNumber() ? value.decimalValue() : new BigDecimal(value.asString());
            if (price.signum() >= 0 && price.precision() < 40 && Math.abs(price.scale()) < 40) {
                return price;
            }
        } catch (NumberFormatException e) {
            // Said below, with the field's name.
        }
        throw bad(path, "must be a price in USD, 0 or more");
    }

    /// A number speaks of the median.
    private static Cutoffs cutoffs(String path, JsonNode value) {
        if (value.isNumber()) {
            return new Cutoffs(cutoff(path, value), null, null, null);
        }
        if (!(value instanceof ObjectNode object)) {
            throw bad(path, "must be a number or an object of percentiles");
        }
        for (String name : object.propertyNames()) {
            if (!PERCENTILES.contains(name)) {
                throw bad(path + "." + shortened(name), "is not one of " + String.join(", ", PERCENTILES));
            }
        }
        List<@Nullable Double> read = new ArrayList<>(PERCENTILES.size());
        for (String name : PERCENTILES) {
            JsonNode at = object.get(name);
            read.add(at == null || at.isNull() ? null : (Double) cutoff(path + "." + name, at));
        }
        return new Cutoffs(read.get(0), read.get(1), read.get(2), read.get(3));
    }

    private static double cutoff(String path, JsonNode value) {
        if (value.isNumber() && Double.isFinite(value.asDouble()) && value.asDouble() >= 0) {
            return value.asDouble();
        }
        throw bad(path, "must be a number, 0 or more");
    }

    private static Sort sort(String path, JsonNode value) {
        JsonNode by = value.isObject() ? value.get("by") : value;
        if (by == null || !by.isString()) {
            throw bad(path, "must be a word or an object with the member \"by\"");
        }
        return switch (by.asString()) {
            case "price" -> Sort.PRICE;
            case "throughput" -> Sort.THROUGHPUT;
            case "latency" -> Sort.LATENCY;
            default -> throw bad(path, "must be one of price, throughput, latency");
        };
    }

    private static List<String> slugs(String path, JsonNode value) {
        if (!value.isArray() || value.size() > MAX_LIST) {
            throw bad(path, "must be an array of at most " + MAX_LIST + " strings");
        }
        List<String> slugs = new ArrayList<>(value.size());
        for (JsonNode element : value) {
            if (!element.isString() || element.asString().isBlank()) {
                throw bad(path + "[" + slugs.size() + "]", "must be a non-empty string");
            }
            slugs.add(element.asString());
        }
        return slugs;
    }

    private static boolean bool(String path, JsonNode value) {
        if (!value.isBoolean()) {
            throw bad(path, "must be true or false");
        }
        return value.asBoolean();
    }

    private static String word(String path, JsonNode value, Set<String> words) {
        if (!value.isString() || !words.contains(value.asString())) {
            throw bad(path, "must be one of " + String.join(", ", new java.util.TreeSet<>(words)));
        }
        return value.asString();
    }

    private static String shortened(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "...";
    }

    private static ApiException bad(String path, String what) {
        return new ApiException(new ApiError.BadRequest("'" + path + "' " + what + ".", path));
    }
}
