package dev.faregate.cli;

import dev.faregate.keys.KeyHash;
import dev.faregate.keys.KeyImport;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Where keys come from, and what a row of its key table means here. What has no counterpart is never
/// guessed: a key that could do more here than there is left out, with the reason.
enum ImportSource {
    /// `LiteLLM_VerificationToken`, or `GET /key/list?return_full_object=true`: `token` is the SHA-256 of
    /// the key, money is in USD, and windows of a day, a week and 30 days begin at midnight, on Mondays and
    /// on the first of a month, as ours do (docs.litellm.ai, "Budget Reset Times and Timezones").
    LITELLM {
        @Override
        boolean knows(JsonNode row) {
            return row.path("token").isString() && row.has("spend");
        }

        @Override
        Draft draft(JsonNode row, Options options, Instant now) {
            String hash = hash(row.path("token").asString(""));
            String shown = row.path("key_name").asString("");
            String alias = row.path("key_alias").asString("");
            String name = named(alias.isEmpty() ? shown : alias, hash);
            if (row.path("models").size() > 0 && !options.dropModelLists() && !allowsAll(row.path("models"))) {
                throw new LeftOut(
                        name,
                        "it may use some models only; a guardrail would say so here (--drop-model-lists imports it all the same)");
            }
            for (String inherited : List.of("team_id", "budget_id", "organization_id")) {
                if (!row.path(inherited).asString("").isEmpty() && !options.dropInherited()) {
                    throw new LeftOut(
                            name,
                            "it also has the limits of its " + inherited.replace("_id", "")
                                    + " there (--drop-inherited imports it all the same)");
                }
            }
            return new Draft(
                    hash,
                    label(shown),
                    name,
                    usd(name, row.path("max_budget")),
                    window(name, row.path("budget_duration").asString("")),
                    usd(name, row.path("spend")),
                    end(name, row.path("expires").asString(""), now),
                    row.path("blocked").asBoolean(false),
                    count(row.path("rpm_limit")),
                    count(row.path("tpm_limit")),
                    count(row.path("max_parallel_requests")),
                    List.of());
        }

        private static boolean allowsAll(JsonNode models) {
            return Stream.of("all-proxy-models", "*")
                    .anyMatch(all -> models.valueStream()
                            .anyMatch(one -> one.asString("").equals(all)));
        }

        private static @Nullable String window(String name, String duration) {
            return switch (duration) {
                case "" -> null;
                case "24h", "1d" -> "daily";
                case "7d", "1w" -> "weekly";
                case "30d", "1mo" -> "monthly";
                default ->
                    throw new LeftOut(
                            name,
                            "its budget starts anew every " + duration + "; here that is a day, a week or a month");
            };
        }
    },

    /// `GET /keys` of OpenRouter or of another Faregate, with a management key. `hash` has to be the SHA-256 of the
    /// key.
    OPENROUTER {
        @Override
        boolean knows(JsonNode row) {
            return row.path("hash").isString() && row.has("limit");
        }

        @Override
        Draft draft(JsonNode row, Options options, Instant now) {
            String hash = hash(row.path("hash").asString(""));
            String name = named(row.path("name").asString(""), hash);
            BigDecimal limit = usd(name, row.path("limit"));
            BigDecimal left = usd(name, row.path("limit_remaining"));
            return new Draft(
                    hash,
                    label(row.path("label").asString("")),
                    name,
                    limit,
                    row.path("limit_reset").isString() ? row.path("limit_reset").asString() : null,
                    limit == null || left == null ? null : limit.subtract(left).max(BigDecimal.ZERO),
                    end(name, row.path("expires_at").asString(""), now),
                    row.path("disabled").asBoolean(false),
                    null,
                    null,
                    null,
                    List.of());
        }
    },

    /// `tokens` of One API and New API: `key` is the text of the key without `sk-`, quotas are 500,000 for a
    /// dollar, times are seconds and -1 is never.
    NEW_API {
        private static final BigDecimal QUOTA_PER_USD = BigDecimal.valueOf(500_000);

        @Override
        boolean knows(JsonNode row) {
            return row.path("key").isString() && row.has("remain_quota");
        }

        @Override
        Draft draft(JsonNode row, Options options, Instant now) {
            String key = row.path("key").asString("").strip();
            String text = key.startsWith("sk-") ? key : "sk-" + key;
            String hash = KeyHash.of(text).hex();
            String name = named(row.path("name").asString(""), hash);
            String models = row.path("model_limits").asString(row.path("models").asString(""));
            boolean limited =
                    truth(row.path("model_limits_enabled")) || !row.has("model_limits_enabled") && !models.isBlank();
            if (limited && !options.dropModelLists()) {
                throw new LeftOut(
                        name,
                        "it may use some models only; a guardrail would say so here (--drop-model-lists imports it all the same)");
            }
            long end = row.path("expired_time").asLong(-1);
            boolean unlimited = truth(row.path("unlimited_quota"));
            return new Draft(
                    hash,
                    text.length() < SHORTEST ? "..." : "sk-..." + text.substring(text.length() - LABEL_TAIL),
                    name,
                    unlimited
                            ? null
                            : dollars(row.path("remain_quota").asLong(0)
                                    + row.path("used_quota").asLong(0)),
                    null,
                    unlimited ? null : dollars(row.path("used_quota").asLong(0)),
                    end < 0 ? null : ended(name, Instant.ofEpochSecond(end), now),
                    row.path("status").asInt(1) != 1,
                    null,
                    null,
                    null,
                    networks(row.path("allow_ips").asString(row.path("subnet").asString(""))));
        }

        private static BigDecimal dollars(long quota) {
            return BigDecimal.valueOf(Math.max(0, quota)).divide(QUOTA_PER_USD, DECIMALS, RoundingMode.HALF_EVEN);
        }

        /// As a boolean, or as the number that SQLite and MySQL have for one.
        private static boolean truth(JsonNode value) {
            return value.asBoolean(value.asInt(0) != 0);
        }

        private static List<String> networks(String text) {
            return Stream.of(text.split("[\\s,]+", -1))
                    .filter(one -> !one.isEmpty())
                    .toList();
        }
    };

    private static final int DECIMALS = 9;
    private static final int SHORT_HASH = 12;
    private static final int MAX_NAME = 200;
    private static final int LABEL_TAIL = 4;
    private static final int SHORTEST = 20;

    /// What an operator said about keys that could do more here.
    record Options(boolean dropModelLists, boolean dropInherited) {}

    /// A key as it would be here; amounts in USD. `used` is what it spent in the window that runs now.
    record Draft(
            String hash,
            String label,
            String name,
            @Nullable BigDecimal limit,
            @Nullable String limitReset,
            @Nullable BigDecimal used,
            @Nullable Instant expiresAt,
            boolean disabled,
            @Nullable Long requestsPerMinute,
            @Nullable Long tokensPerMinute,
            @Nullable Long parallel,
            List<String> allowedIps) {
        Draft {
            allowedIps = List.copyOf(allowedIps);
        }
    }

    /// Why a key is not imported.
    static final class LeftOut extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String name;

        LeftOut(String name, String reason) {
            super(reason, null, false, false);
            this.name = name;
        }

        String name() {
            return name;
        }
    }

    /// Whether a row looks like one of this table.
    abstract boolean knows(JsonNode row);

    /// What the row means here. Throws [LeftOut].
    abstract Draft draft(JsonNode row, Options options, Instant now);

    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static List<String> words() {
        List<String> words = new ArrayList<>();
        for (ImportSource source : values()) {
            words.add(source.word());
        }
        return words;
    }

    /// Early versions of LiteLLM kept keys in the clear; what is no hash is not shown.
    private static String hash(String text) {
        return KeyHash.parse(text.strip())
                .orElseThrow(() -> new LeftOut("?", "it has no SHA-256 of its text"))
                .hex();
    }

    private static String named(String said, String hash) {
        String shown = said.codePoints()
                .filter(c -> !Character.isISOControl(c))
                .limit(MAX_NAME)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .strip();
        return shown.isEmpty() ? "imported " + hash.substring(0, SHORT_HASH) : shown;
    }

    /// What the other system shows of the text, unless that is more than a hint.
    private static String label(String shown) {
        boolean hint = shown.contains("...")
                && shown.length() <= KeyImport.MAX_LABEL
                && shown.chars().allMatch(c -> c > ' ' && c < 0x7f);
        return hint ? shown : "...";
    }

    /// Amounts that came from floating point end at our last digit.
    private static @Nullable BigDecimal usd(String name, JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        try {
            BigDecimal amount = value.isNumber() ? value.decimalValue() : new BigDecimal(value.asString(""));
            return amount.setScale(DECIMALS, RoundingMode.HALF_EVEN)
                    .max(BigDecimal.ZERO)
                    .stripTrailingZeros();
        } catch (NumberFormatException e) {
            throw new LeftOut(name, "an amount of it is no number");
        }
    }

    private static @Nullable Long count(JsonNode value) {
        return value.isNumber() && value.asLong() > 0 ? (Long) value.asLong() : null;
    }

    /// A time with an offset, or without one as databases write it, which is UTC.
    private static @Nullable Instant end(String name, String text, Instant now) {
        if (text.isEmpty()) {
            return null;
        }
        String iso = text.replace(' ', 'T');
        try {
            return ended(name, OffsetDateTime.parse(iso).toInstant(), now);
        } catch (DateTimeException e) {
            try {
                return ended(name, LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC), now);
            } catch (DateTimeException f) {
                throw new LeftOut(name, "when it ends is no time: " + text);
            }
        }
    }

    private static Instant ended(String name, Instant end, Instant now) {
        if (!end.isAfter(now)) {
            throw new LeftOut(name, "it ended at " + end);
        }
        return end;
    }
}
