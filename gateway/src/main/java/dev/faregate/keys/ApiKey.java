package dev.faregate.keys;

import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A key as people know it: never its text. `hash` is the SHA-256 of its first secret, in hexadecimal,
/// and stays its public name for life; `label` is the masked text of the secret that was made last.
/// `limitReset` is `TOTAL` when the limit never starts anew.
public record ApiKey(
        String id,
        String organizationId,
        String workspaceId,
        String hash,
        KeyKind kind,
        String name,
        String label,
        @Nullable Usd limit,
        Window limitReset,
        boolean includeByokInLimit,
        boolean disabled,
        @Nullable Instant expiresAt,
        @Nullable String creatorUserId,
        @Nullable String externalUser,
        Instant createdAt,
        @Nullable Instant updatedAt,
        @Nullable Instant deletedAt,
        KeyRules rules) {

    /// The cap of the key's limit row of that window: the limit stands on the row of `limitReset`,
    /// nowhere else.
    @Nullable
    Usd cap(Window window) {
        return window == limitReset ? limit : null;
    }

    /// True when the key has a limit row besides its total one.
    boolean hasWindow() {
        return limit != null && limitReset != Window.TOTAL;
    }

    /// This key as a management call wants it: what the body does not name stays. The same object when it
    /// names nothing that can be changed.
    ApiKey patched(KeyFields fields, Instant now) {
        boolean named = fields.hasName()
                || fields.has("disabled")
                || fields.has("limit")
                || fields.has("limit_reset")
                || fields.has("include_byok_in_limit");
        KeyRules newRules = rules.patched(fields);
        if (!named && newRules == rules) {
            return this;
        }
        return with(
                fields.hasName() ? fields.name() : name,
                fields.has("limit") ? fields.limit() : limit,
                fields.has("limit_reset") ? fields.limitReset() : limitReset,
                fields.has("include_byok_in_limit") ? fields.flag("include_byok_in_limit") : includeByokInLimit,
                fields.has("disabled") ? fields.flag("disabled") : disabled,
                now,
                deletedAt,
                newRules);
    }

    ApiKey disabled(boolean newDisabled, Instant now) {
        return with(name, limit, limitReset, includeByokInLimit, newDisabled, now, deletedAt, rules);
    }

    ApiKey deleted(Instant now) {
        return with(name, limit, limitReset, includeByokInLimit, disabled, now, now, rules);
    }

    private ApiKey with(
            String newName,
            @Nullable Usd newLimit,
            Window newLimitReset,
            boolean newIncludeByok,
            boolean newDisabled,
            Instant newUpdatedAt,
            @Nullable Instant newDeletedAt,
            KeyRules newRules) {
        return new ApiKey(
                id,
                organizationId,
                workspaceId,
                hash,
                kind,
                newName,
                label,
                newLimit,
                newLimitReset,
                newIncludeByok,
                newDisabled,
                expiresAt,
                creatorUserId,
                externalUser,
                createdAt,
                newUpdatedAt,
                newDeletedAt,
                newRules);
    }

    /// This key with the masked text of a new secret.
    ApiKey relabelled(String newLabel, Instant now) {
        return renewed(newLabel, rules.readOnly(), now);
    }

    /// The same, with the right to more than looking or without it.
    ApiKey renewed(String newLabel, boolean readOnly, Instant now) {
        return new ApiKey(
                id,
                organizationId,
                workspaceId,
                hash,
                kind,
                name,
                newLabel,
                limit,
                limitReset,
                includeByokInLimit,
                disabled,
                expiresAt,
                creatorUserId,
                externalUser,
                createdAt,
                now,
                deletedAt,
                rules.withReadOnly(readOnly));
    }

    /// What the audit log tells of a write: the fields that a management call can set.
    Map<String, ? extends @Nullable Object> auditDetail() {
        Map<String, @Nullable Object> detail = new HashMap<>();
        detail.put("name", name);
        detail.put("workspace_id", workspaceId);
        detail.put("limit", limit == null ? null : limit.dollars());
        detail.put("limit_reset", limitReset.wireName());
        detail.put("include_byok_in_limit", includeByokInLimit);
        detail.put("disabled", disabled);
        detail.put("expires_at", expiresAt);
        detail.put("external_user", externalUser);
        detail.put("creator_user_id", creatorUserId);
        detail.put(
                "unaffordable",
                rules.unaffordable() == null ? null : rules.unaffordable().word());
        detail.put("environment", rules.environment());
        detail.put(
                "allowed_ips",
                rules.allowedIps() == null ? null : rules.allowedIps().texts());
        detail.put("requests_per_minute", rules.rates().requestsPerMinute());
        detail.put("tokens_per_minute", rules.rates().tokensPerMinute());
        detail.put("parallel_requests", rules.rates().parallel());
        detail.put("read_only", rules.readOnly());
        return detail;
    }

    /// Nothing new may be held on the limit of such a key.
    boolean closed() {
        return disabled || deletedAt != null;
    }

    /// True from the moment at which the key expires; that moment itself is too late (rulings 1).
    public boolean expiredAt(Instant now) {
        return expiresAt != null && !now.isBefore(expiresAt);
    }
}
