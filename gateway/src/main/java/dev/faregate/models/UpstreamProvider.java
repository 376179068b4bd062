package dev.faregate.models;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Facts about a provider: how to speak to it and what it does with what it hears. Its credential is
/// elsewhere.
///
/// `baseUrl` is null where it must come from the operator (Azure resources), is that of a region
/// (Vertex), or there is none (built in); `env` lists well-known environment variables for its
/// credential; `region` is the data region the operator vouches for; `stopsBillingOnCancel` says
/// whether hanging up stops the bill (contract 1.2), else a stream is drained.
public record UpstreamProvider(
        String slug,
        String name,
        WireFormat format,
        @Nullable String baseUrl,
        List<String> env,
        @Nullable DataPolicy policy,
        @Nullable String region,
        boolean stopsBillingOnCancel,
        Imprint imprint) {
    /// The slug of what the gateway answers itself.
    public static final String BUILT_IN = "faregate";

    public UpstreamProvider {
        env = List.copyOf(env);
    }

    /// What a provider says it does with prompts.
    public record DataPolicy(boolean retainsPrompts, boolean trains) {}

    /// Where to read more: an ISO country code and addresses, each null when not surely known.
    public record Imprint(
            @Nullable String headquarters,
            @Nullable String privacyPolicyUrl,
            @Nullable String termsOfServiceUrl,
            @Nullable String statusPageUrl) {
        public static final Imprint NONE = new Imprint(null, null, null, null);
    }

    /// A router like this one: it understands the routing fields and plugins of a request itself.
    public boolean isRouter() {
        return slug.equals("openrouter");
    }

    /// False only when the provider is known not to keep prompts: unknown counts as keeping (contract
    /// 3.11, ZDR).
    public boolean mayRetain() {
        return policy == null || policy.retainsPrompts();
    }

    /// False only when the provider is known not to train on prompts: unknown counts as training.
    public boolean mayTrain() {
        return policy == null || policy.trains();
    }
}
