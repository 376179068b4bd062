package dev.faregate.providers;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.faregate.base.Secret;
import dev.faregate.byok.Credential;
import dev.faregate.byok.KeyMaterial;
import dev.faregate.models.Model;
import dev.faregate.models.UpstreamProvider;
import dev.faregate.models.WireFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Providers as a caller's own key reaches them. What is made for a key is kept as long as that key is; safe to
/// share between threads, and never blocks.
///
/// An address that stands in the key (Azure) was set by a user and passes the [EgressGuard]; the
/// provider's own address is the operator's. So is Vertex's, where the operator names one; else it
/// is Google's in the region that the key says.
public final class OwnProviders {
    /// Keys remembered with what was made for them.
    private static final int MAX_KEPT = 10_000;

    /// What was made for a key, for one model where its address depends on it, and the facts it was made from.
    private record Made(UpstreamProvider facts, @Nullable String model, Provider provider) {}

    private final UpstreamClient client;
    private final ServiceAccounts accounts;
    private final Deadlines deadlines;

    // By identity: a changed key is another object, and what was made from the old one goes with it.
    private final Cache<Credential, Made> made =
            Caffeine.newBuilder().weakKeys().maximumSize(MAX_KEPT).build();

    public OwnProviders(UpstreamClient client, ServiceAccounts accounts, Deadlines deadlines) {
        this.client = client;
        this.accounts = accounts;
        this.deadlines = deadlines;
    }

    /// Empty when the key reaches no such provider in a format that is spoken.
    public Optional<Provider> find(Credential key, UpstreamProvider facts, Model model) {
        boolean byModel = key.material() instanceof KeyMaterial.Azure;
        Made known = made.getIfPresent(key);
        if (known != null && known.facts() == facts && (!byModel || model.id().equals(known.model()))) {
            return Optional.of(known.provider());
        }
        Optional<Provider> provider = provider(key, facts, model);
        provider.ifPresent(one -> made.put(key, new Made(facts, byModel ? model.id() : null, one)));
        return provider;
    }

    private Optional<Provider> provider(Credential key, UpstreamProvider facts, Model model) {
        return switch (key.material()) {
            case KeyMaterial.Plain(Secret text) ->
                facts.baseUrl() == null || !facts.format().takesPlainKey()
                        ? Optional.empty()
                        : Optional.of(SpokenFormats.provider(facts, client, text, deadlines));
            case KeyMaterial.Azure azure ->
                azure(azure, model).map(account -> new OpenAiProvider(facts, client, account, deadlines));
            case KeyMaterial.ServiceAccount account ->
                facts.format() != WireFormat.VERTEX
                        ? Optional.empty()
                        : Optional.of(VertexProvider.ofUser(
                                facts, client, accounts, account, "provider key " + key.id(), deadlines));
            case KeyMaterial.AwsKeys aws ->
                facts.format() == WireFormat.BEDROCK
                        ? Optional.of(BedrockAccount.of(facts, aws).provider(facts, client, deadlines))
                        : Optional.empty();
        };
    }

    private static Optional<OpenAiProvider.Account> azure(KeyMaterial.Azure azure, Model model) {
        Optional<KeyMaterial.Deployment> deployment = azure.deploymentOf(model.id(), model.canonicalSlug());
        if (deployment.isPresent()) {
            KeyMaterial.Deployment entry = deployment.get();
            return Optional.of(new OpenAiProvider.Account(entry.url(), false, apiKey(entry.key()), entry.modelId()));
        }
        return azure.resources().stream()
                .findFirst()
                .map(entry -> new OpenAiProvider.Account(
                        OpenAiProvider.chatUrl(entry.base()), false, apiKey(entry.key()), null));
    }

    /// How Azure takes a key.
    static RequestHeaders apiKey(Secret key) {
        return RequestHeaders.builder().add("api-key", key.reveal()).build();
    }
}
