package dev.faregate.keys;

import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A key as people know it: never its text. `hash` is the SHA-256 of its first secret, in hexadecimal,
/// and stays its public name for life; `label` is the masked text. `limitReset` is `TOTAL` when the limit
/// never starts anew. `unaffordable` is null where the workspace decides.
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
        @Nullable Unaffordable unaffordable) {

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
                || fields.has("include_byok_in_limit")
                || fields.has("unaffordable");
        if (!named) {
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
                fields.has("unaffordable") ? fields.unaffordable() : unaffordable);
    }

    ApiKey deleted(Instant now) {
        return with(name, limit, limitReset, includeByokInLimit, disabled, now, now, unaffordable);
    }

    private ApiKey with(
            String newName,
            @Nullable Usd newLimit,
            Window newLimitReset,
            boolean newIncludeByok,
            boolean newDisabled,
            Instant newUpdatedAt,
            @Nullable Instant newDeletedAt,
            @Nullable Unaffordable newUnaffordable) {
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
                newUnaffordable);
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
        detail.put("unaffordable", unaffordable == null ? null : unaffordable.word());
        return detail;
    }

    /// Nothing new may be held on the limit of such a key.
    boolean closed() {
        return disabled || deletedAt != null;
    }
}
