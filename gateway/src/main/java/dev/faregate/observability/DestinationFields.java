package dev.faregate.observability;

import dev.faregate.http.BodyFields;
import java.math.BigDecimal;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The fields of a destination as management bodies carry them (contract 2.4). Every method throws a 400 that names
/// the field; none shows a value of `config`.
final class DestinationFields {
    static final int MAX_NAME = 255;
    static final int MAX_HASHES = 100;
    static final int MAX_REGIONS = 10;

    /// Characters of a configuration, and of filter rules, as JSON.
    static final int MAX_JSON = 32_000;

    private static final int MAX_ITEM = 100;
    private static final int MAX_REFERENCE = 50;
    private static final int MAX_DECIMALS = 10;
    private static final BigDecimal LEAST_RATE = new BigDecimal("0.0001");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern HALF_PAIR =
            Pattern.compile("[\\uD800-\\uDBFF](?![\\uDC00-\\uDFFF])|(?<![\\uD800-\\uDBFF])[\\uDC00-\\uDFFF]");

    private final BodyFields body;

    DestinationFields(byte[] body) {
        this.body = BodyFields.of(body);
    }

    boolean has(String field) {
        return body.has(field);
    }

    boolean changesAnything() {
        return List.of(
                        "name",
                        "enabled",
                        "privacy_mode",
                        "broadcast_generation_cost",
                        "broadcast_generation_identity",
                        "broadcast_generation_request_context",
                        "sampling_rate",
                        "api_key_hashes",
                        "filter_rules",
                        "regions",
                        "config")
                .stream()
                .anyMatch(this::has);
    }

    DestinationType type() {
        JsonNode node = body.node("type");
        DestinationType type = node.isString() ? DestinationType.find(node.asString()) : null;
        if (type == null) {
            throw body.bad("type", "is not a type of destination");
        }
        return type;
    }

    /// The id or slug of a workspace, or null for the default one.
    @Nullable
    String workspace() {
        return body.findText("workspace_id", MAX_REFERENCE);
    }

    ObjectNode config() {
        if (body.node("config") instanceof ObjectNode config) {
            text("config", config);
            return config;
        }
        throw body.bad("config", "is required and must be an object");
    }

    /// What a new destination is where the body says nothing.
    Destination.Terms fresh() {
        String name = body.text("name", MAX_NAME);
        return terms(new Destination.Terms(name, true, false, false, false, false, BigDecimal.ONE, null, null, null));
    }

    /// What `before` becomes: what the body does not name stays.
    Destination.Terms terms(Destination.Terms before) {
        return new Destination.Terms(
                has("name") ? body.text("name", MAX_NAME) : before.name(),
                flag("enabled", before.enabled()),
                flag("privacy_mode", before.privacyMode()),
                flag("broadcast_generation_cost", before.sendsCost()),
                flag("broadcast_generation_identity", before.sendsIdentity()),
                flag("broadcast_generation_request_context", before.sendsContext()),
                has("sampling_rate") ? samplingRate() : before.samplingRate(),
                has("api_key_hashes") ? hashes() : before.keyHashes(),
                has("filter_rules") ? filterRules() : before.filterRules(),
                has("regions") ? regions() : before.regions());
    }

    private boolean flag(String field, boolean before) {
        return has(field) ? body.flag(field) : before;
    }

    private BigDecimal samplingRate() {
        JsonNode node = body.node("sampling_rate");
        if (node.isNumber()) {
            BigDecimal rate = node.decimalValue();
            if (rate.compareTo(LEAST_RATE) >= 0
                    && rate.compareTo(BigDecimal.ONE) <= 0
                    && rate.scale() <= MAX_DECIMALS
                    && rate.scale() >= 0) {
                return rate;
            }
        }
        throw body.bad("sampling_rate", "must be a number from 0.0001 to 1 with at most " + MAX_DECIMALS + " decimals");
    }

    private @Nullable List<String> hashes() {
        List<String> hashes = body.findTexts("api_key_hashes", MAX_HASHES, MAX_ITEM);
        if (hashes == null) {
            return null;
        }
        if (hashes.isEmpty()) {
            throw body.bad("api_key_hashes", "must have at least one item, or be null for every key");
        }
        for (int i = 0; i < hashes.size(); i++) {
            if (!HASH.matcher(hashes.get(i)).matches()) {
                throw body.bad("api_key_hashes[" + i + "]", "must be 64 lowercase hexadecimal digits");
            }
        }
        return hashes;
    }

    private @Nullable String filterRules() {
        JsonNode node = body.node("filter_rules");
        if (node.isNull()) {
            return null;
        }
        FilterRules.read(node);
        return text("filter_rules", node);
    }

    private @Nullable String regions() {
        List<String> regions = body.findTexts("regions", MAX_REGIONS, MAX_ITEM);
        return regions == null ? null : body.node("regions").toString();
    }

    /// The JSON text of a value, as it will be stored.
    private String text(String field, JsonNode node) {
        String text = node.toString();
        if (text.length() > MAX_JSON) {
            throw body.bad(field, "must have at most " + MAX_JSON + " characters as JSON");
        }
        if (HALF_PAIR.matcher(text).find()) {
            throw body.bad(field, "must not hold halves of characters");
        }
        return text;
    }
}
