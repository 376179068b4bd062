package dev.faregate.keys;

import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.http.AddressList;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// A key with what it spent and what is left: the object of the answers on `/keys`, and half of `GET
/// /key` (contract section 4, both lists of required fields). `limitState` is null for a key without
/// limit.
public record KeyView(
        ApiKey key,
        KeyUsage usage,
        Limits.@Nullable State limitState,
        @Nullable Instant lastUsedAt,
        List<KeySecret> secrets) {

    private static final KeySecretStore SECRETS = new KeySecretStore();

    /// Views of several keys, each fact of all of them in one query.
    static List<KeyView> of(Tx tx, Limits limits, List<ApiKey> keys) {
        List<String> ids = keys.stream().map(ApiKey::id).toList();
        if (ids.isEmpty()) {
            return List.of();
        }
        Map<String, KeyUsage> usage = KeyUsage.of(tx, ids);
        Map<String, Instant> lastUsed = KeyUsage.lastUsed(tx, ids);
        Map<String, Map<Window, Limits.State>> states = limits.states(tx, Scope.KEY, ids);
        Map<String, List<KeySecret>> secrets = SECRETS.live(tx, ids);
        return keys.stream()
                .map(key -> new KeyView(
                        key,
                        usage.getOrDefault(key.id(), KeyUsage.NONE),
                        key.limit() == null
                                ? null
                                : states.getOrDefault(key.id(), Map.of()).get(key.limitReset()),
                        lastUsed.get(key.id()),
                        secrets.getOrDefault(key.id(), List.of())))
                .toList();
    }

    static KeyView of(Tx tx, Limits limits, ApiKey key) {
        return of(tx, limits, List.of(key)).getFirst();
    }

    /// What may still be spent in the current window: the limit minus what was posted, never negative.
    /// What running requests hold is not taken off, so this and the usage add up to the limit.
    @Nullable
    public Usd limitRemaining() {
        Usd limit = key.limit();
        if (limit == null) {
            return null;
        }
        return limitState == null ? limit : limit.minus(limitState.used()).max(Usd.ZERO);
    }

    /// Whether nothing opens the key any more: its time is over, or its last secret has ended. An app or the
    /// Playground may give it a fresh secret in the second case.
    public boolean expiredAt(Instant now) {
        return key.expiredAt(now) || secrets.stream().noneMatch(secret -> secret.livesAt(now));
    }

    /// Since when it is known that others can read a secret that has not ended; null when none is.
    @Nullable
    public Instant exposedAt() {
        return secrets.stream()
                .map(KeySecret::exposedAt)
                .filter(Objects::nonNull)
                .min(Comparator.naturalOrder())
                .orElse(null);
    }

    /// The whole object of `/keys`.
    void write(JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("hash", key.hash());
        json.writeStringProperty("name", key.name());
        json.writeStringProperty("label", key.label());
        json.writeStringProperty("kind", key.kind().word());
        json.writeBooleanProperty("disabled", key.disabled());
        json.writeStringProperty("created_at", key.createdAt().toString());
        writeTime(json, "updated_at", key.updatedAt());
        writeTime(json, "last_used_at", lastUsedAt);
        writeText(json, "external_user", key.externalUser());
        json.writeStringProperty("workspace_id", key.workspaceId());
        writeCommon(json);
        writeTime(json, "exposed_at", exposedAt());
        json.writeArrayPropertyStart("secrets");
        secrets.forEach(secret -> write(json, secret));
        json.writeEndArray();
        json.writeEndObject();
    }

    /// The fields that `/keys` and `/key` share.
    void writeCommon(JsonGenerator json) {
        writeMoney(json, "limit", key.limit());
        writeMoney(json, "limit_remaining", limitRemaining());
        writeText(json, "limit_reset", key.limitReset().wireName());
        json.writeBooleanProperty("include_byok_in_limit", key.includeByokInLimit());
        writeTime(json, "expires_at", key.expiresAt());
        writeText(json, "creator_user_id", key.creatorUserId());
        writeSums(json, "usage", usage.credit());
        writeSums(json, "byok_usage", usage.byok());
        writeRules(json, key.rules());
    }

    /// The fields that the contract does not have (docs/keys.md).
    private static void writeRules(JsonGenerator json, KeyRules rules) {
        writeText(
                json,
                "unaffordable",
                rules.unaffordable() == null ? null : rules.unaffordable().word());
        writeText(json, "environment", rules.environment());
        AddressList allowed = rules.allowedIps();
        if (allowed == null) {
            json.writeNullProperty("allowed_ips");
        } else {
            json.writeArrayPropertyStart("allowed_ips");
            allowed.texts().forEach(json::writeString);
            json.writeEndArray();
        }
        RateLimits rates = rules.rates();
        if (rates.isNone()) {
            json.writeNullProperty("rate_limits");
            return;
        }
        json.writeObjectPropertyStart("rate_limits");
        writeNumber(json, "rpm", rates.requestsPerMinute());
        writeNumber(json, "tpm", rates.tokensPerMinute());
        writeNumber(json, "parallel", rates.parallel());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, KeySecret secret) {
        json.writeStartObject();
        json.writeStringProperty("hash", secret.hash());
        json.writeStringProperty("label", secret.label());
        json.writeBooleanProperty("external", secret.external());
        json.writeStringProperty("created_at", secret.createdAt().toString());
        writeTime(json, "expires_at", secret.expiresAt());
        writeTime(json, "exposed_at", secret.exposedAt());
        json.writeEndObject();
    }

    private static void writeNumber(JsonGenerator json, String name, @Nullable Number number) {
        if (number == null) {
            json.writeNullProperty(name);
        } else {
            json.writeNumberProperty(name, number.longValue());
        }
    }

    private static void writeSums(JsonGenerator json, String name, KeyUsage.Sums sums) {
        writeMoney(json, name, sums.total());
        writeMoney(json, name + "_daily", sums.daily());
        writeMoney(json, name + "_weekly", sums.weekly());
        writeMoney(json, name + "_monthly", sums.monthly());
    }

    private static void writeMoney(JsonGenerator json, String name, @Nullable Usd amount) {
        if (amount == null) {
            json.writeNullProperty(name);
        } else {
            json.writeNumberProperty(name, amount.dollars());
        }
    }

    static void writeText(JsonGenerator json, String name, @Nullable String text) {
        if (text == null) {
            json.writeNullProperty(name);
        } else {
            json.writeStringProperty(name, text);
        }
    }

    private static void writeTime(JsonGenerator json, String name, @Nullable Instant instant) {
        writeText(json, name, instant == null ? null : instant.toString());
    }
}
