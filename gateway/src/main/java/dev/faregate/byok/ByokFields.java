package dev.faregate.byok;

import dev.faregate.base.Secret;
import dev.faregate.http.BodyFields;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The fields of a provider key as management bodies carry them (contract 2.4). Every method throws a 400 that
/// names the field.
final class ByokFields {
    static final int MAX_NAME = 255;
    static final int MAX_ITEMS = 100;
    static final int MAX_ITEM = 200;
    static final int MAX_PLACE = 1_000_000;
    private static final int MAX_REFERENCE = 50;
    private static final Pattern SLUG = Pattern.compile("[a-z0-9][a-z0-9-]{0,99}");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    private final BodyFields body;

    ByokFields(byte[] body) {
        this.body = BodyFields.of(body);
    }

    boolean has(String field) {
        return body.has(field);
    }

    /// Written like a slug; whether there is such a provider is another question.
    String provider() {
        String slug = body.text("provider", MAX_ITEM);
        if (!isSlug(slug)) {
            throw unknownProvider();
        }
        return slug;
    }

    static boolean isSlug(String text) {
        return SLUG.matcher(text).matches();
    }

    static RuntimeException unknownProvider() {
        return BodyFields.wrong("provider", "is not the slug of a provider that keys can be brought for");
    }

    /// The key's text. It is a secret, so no complaint shows it.
    Secret key() {
        JsonNode node = body.node("key");
        if (!node.isString() || node.asString().isBlank()) {
            throw body.bad("key", "is required and must not be empty");
        }
        return Secret.of(node.asString());
    }

    @Nullable
    String name() {
        return body.findText("name", MAX_NAME);
    }

    /// The id or slug of a workspace; null when the body says null.
    @Nullable
    String workspace() {
        return body.findText("workspace_id", MAX_REFERENCE);
    }

    @Nullable
    Integer place() {
        Long place = body.findWhole("sort_order", 0, MAX_PLACE);
        return place == null ? null : place.intValue();
    }

    /// What `before` becomes: what the body does not name stays.
    ProviderKey.Use use(ProviderKey.Use before) {
        ProviderKey.Use use = new ProviderKey.Use(
                flag("disabled", before.disabled()),
                flag("is_fallback", before.fallback()),
                flag("is_required", before.required()),
                flag("is_byok_only", before.byokOnly()),
                has("declared_zdr") ? body.findFlag("declared_zdr") : before.declaredZdr(),
                has("allowed_models") ? body.findTexts("allowed_models", MAX_ITEMS, MAX_ITEM) : before.allowedModels(),
                has("allowed_api_key_hashes") ? hashes() : before.allowedKeyHashes(),
                has("allowed_user_ids")
                        ? body.findTexts("allowed_user_ids", MAX_ITEMS, MAX_ITEM)
                        : before.allowedUserIds());
        if (use.byokOnly() && use.fallback()) {
            throw body.bad("is_byok_only", "cannot be set together with `is_fallback`");
        }
        return use;
    }

    private boolean flag(String field, boolean before) {
        return has(field) ? body.flag(field) : before;
    }

    private @Nullable List<String> hashes() {
        List<String> hashes = body.findTexts("allowed_api_key_hashes", MAX_ITEMS, MAX_ITEM);
        if (hashes != null && hashes.isEmpty()) {
            throw body.bad("allowed_api_key_hashes", "must have at least one item, or be null for every key");
        }
        if (hashes != null) {
            for (int i = 0; i < hashes.size(); i++) {
                if (!HASH.matcher(hashes.get(i)).matches()) {
                    throw body.bad("allowed_api_key_hashes[" + i + "]", "must be 64 lowercase hexadecimal digits");
                }
            }
        }
        return hashes;
    }

    /// True when the body names something that a PATCH can change.
    boolean changesAnything() {
        return List.of(
                        "key",
                        "name",
                        "sort_order",
                        "disabled",
                        "is_fallback",
                        "is_required",
                        "is_byok_only",
                        "declared_zdr",
                        "allowed_models",
                        "allowed_api_key_hashes",
                        "allowed_user_ids")
                .stream()
                .anyMatch(this::has);
    }
}
