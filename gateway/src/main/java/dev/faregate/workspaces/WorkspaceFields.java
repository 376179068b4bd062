package dev.faregate.workspaces;

import dev.faregate.http.BodyFields;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The body of `POST /workspaces` and `PATCH /workspaces/{id}` (contract 2.4). Pure; every complaint names
/// the field.
final class WorkspaceFields {
    static final int MAX_NAME_LENGTH = 100;
    static final int MAX_SLUG_LENGTH = 50;
    static final int MAX_DESCRIPTION_LENGTH = 500;
    static final int MAX_MODEL_LENGTH = 256;
    static final int MAX_LOGGED_KEYS = 1_000;
    static final int MAX_TOOLS = 50;
    static final int MAX_TOOL_LENGTH = 100;

    static final List<String> SORTS = List.of("price", "throughput", "latency", "exacto");
    static final List<String> UNAFFORDABLE = List.of("refuse", "clamp");

    private static final Pattern SLUG = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
    private static final BigDecimal LEAST_RATE = new BigDecimal("0.0001");
    private static final int RATE_DECIMALS = 9;

    private final BodyFields body;

    WorkspaceFields(BodyFields body) {
        this.body = body;
    }

    /// A new workspace: name and slug are required.
    WorkspaceSettings created() {
        return over(WorkspaceSettings.plain(name(), slug()));
    }

    /// `before`, with what the body names.
    WorkspaceSettings over(WorkspaceSettings before) {
        return new WorkspaceSettings(
                body.has("name") ? name() : before.name(),
                body.has("slug") ? slug() : before.slug(),
                body.has("description") ? body.findProse("description", MAX_DESCRIPTION_LENGTH) : before.description(),
                text("default_text_model", before.textModel()),
                text("default_image_model", before.imageModel()),
                word("default_provider_sort", SORTS, before.providerSort()),
                flag("is_observability_io_logging_enabled", before.logsTexts()),
                flag("is_observability_broadcast_enabled", before.broadcasts()),
                flag("is_data_discount_logging_enabled", before.discountLogging()),
                body.has("io_logging_sampling_rate") ? rate() : before.samplingBillionths(),
                body.has("io_logging_api_key_ids") ? loggedKeys() : before.loggedKeys(),
                body.has("disabled_server_tools")
                        ? body.findTexts("disabled_server_tools", MAX_TOOLS, MAX_TOOL_LENGTH)
                        : before.disabledTools(),
                word("unaffordable", UNAFFORDABLE, before.unaffordable()));
    }

    private String name() {
        return body.text("name", MAX_NAME_LENGTH);
    }

    private String slug() {
        String slug = body.text("slug", MAX_SLUG_LENGTH);
        if (!SLUG.matcher(slug).matches()) {
            throw body.bad(
                    "slug", "must be lowercase letters and digits in groups joined by single hyphens, such as my-team");
        }
        if (looksLikeId(slug)) {
            // A workspace is named by either; one name must not mean two.
            throw body.bad("slug", "must not look like an id");
        }
        return slug;
    }

    private static boolean looksLikeId(String slug) {
        try {
            return UUID.fromString(slug).toString().equals(slug);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private @Nullable String text(String field, @Nullable String before) {
        return body.has(field) ? body.findText(field, MAX_MODEL_LENGTH) : before;
    }

    private @Nullable String word(String field, List<String> words, @Nullable String before) {
        return body.has(field) ? body.findWord(field, words) : before;
    }

    private boolean flag(String field, boolean before) {
        return body.has(field) ? body.flag(field) : before;
    }

    private long rate() {
        JsonNode node = body.node("io_logging_sampling_rate");
        if (node.isNumber()) {
            BigDecimal rate = node.decimalValue();
            if (rate.compareTo(LEAST_RATE) >= 0 && rate.compareTo(BigDecimal.ONE) <= 0) {
                try {
                    return rate.setScale(RATE_DECIMALS).unscaledValue().longValueExact();
                } catch (ArithmeticException e) {
                    throw body.bad("io_logging_sampling_rate", "must have at most " + RATE_DECIMALS + " decimals");
                }
            }
        }
        throw body.bad("io_logging_sampling_rate", "must be a number from 0.0001 to 1");
    }

    /// Numbers, as the contract has them, and hashes, as keys are named here; in order.
    private @Nullable List<Object> loggedKeys() {
        if (body.isAbsent("io_logging_api_key_ids")) {
            return null;
        }
        JsonNode list = body.node("io_logging_api_key_ids");
        if (!list.isArray() || list.size() > MAX_LOGGED_KEYS) {
            throw body.bad("io_logging_api_key_ids", "must be a list of at most " + MAX_LOGGED_KEYS + " keys");
        }
        List<Object> keys = new ArrayList<>(list.size());
        for (JsonNode key : list) {
            if (key.isIntegralNumber() && key.canConvertToLong() && key.longValue() >= 0) {
                keys.add(key.longValue());
            } else if (key.isString() && HASH.matcher(key.asString()).matches()) {
                keys.add(key.asString());
            } else {
                throw body.bad("io_logging_api_key_ids[" + keys.size() + "]", "must be a number, or the hash of a key");
            }
        }
        return List.copyOf(keys);
    }
}
