package dev.faregate.byok;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A provider key as requests use it: opened, in memory only. Immutable; the very same object as long as the key
/// is not changed, so that what is made from it can be kept by identity.
///
/// It prints nothing of its material.
public final class Credential {
    private final String id;
    private final String provider;
    private final @Nullable String workspaceId;
    private final ProviderKey.Use use;
    private final KeyMaterial material;

    Credential(ProviderKey key, KeyMaterial material) {
        this.id = key.id();
        this.provider = key.provider();
        this.workspaceId = key.workspaceId();
        this.use = key.use();
        this.material = material;
    }

    public String id() {
        return id;
    }

    public String provider() {
        return provider;
    }

    public KeyMaterial material() {
        return material;
    }

    /// Used only after shared capacity.
    public boolean fallback() {
        return use.fallback();
    }

    /// No shared capacity of its provider for the models it covers.
    public boolean required() {
        return use.required();
    }

    /// No shared capacity of its provider at all.
    public boolean byokOnly() {
        return use.byokOnly();
    }

    /// What overrides the provider's known policy on keeping prompts, or null.
    public @Nullable Boolean declaredZdr() {
        return use.declaredZdr();
    }

    /// Whether a key of this workspace, with this public hash and of this user, may use it (contract 3.5: only if
    /// all filters match).
    boolean isFor(String workspace, String keyHash, @Nullable String userId) {
        return (workspaceId == null || workspaceId.equals(workspace))
                && (use.allowedKeyHashes() == null || use.allowedKeyHashes().contains(keyHash))
                && (use.allowedUserIds() == null
                        || (userId != null && use.allowedUserIds().contains(userId)));
    }

    /// Whether it is for this model: by its filter, and by what it can reach.
    public boolean covers(String modelId, String canonicalSlug) {
        List<String> models = use.allowedModels();
        boolean allowed = models == null || models.contains(modelId) || models.contains(canonicalSlug);
        return allowed && (!(material instanceof KeyMaterial.Azure azure) || azure.covers(modelId, canonicalSlug));
    }

    @Override
    public String toString() {
        return "[credential " + id + "]";
    }
}
