package dev.faregate.providers;

import dev.faregate.base.Secret;
import dev.faregate.byok.GoogleAccount;
import dev.faregate.byok.KeyMaterial;
import dev.faregate.formats.VertexFormat;
import dev.faregate.models.UpstreamProvider;
import io.netty.channel.EventLoop;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// Google Cloud's Vertex AI: models of several makers in one project and region, each asked in its maker's format, with
/// an access token of a service account (ADR 43).
public final class VertexProvider implements Provider {
    /// The operator's account, and where it asks.
    public record Account(GoogleAccount google, String project, String region) {}

    /// Where requests go: the address without its path, that path, and whether the operator stands for it.
    record Place(URI url, boolean trusted, String path) {
        /// `baseUrl` is the operator's, or null for Google's own address; `regionIsTrusted` says that the region is the
        /// operator's too.
        static Place of(@Nullable String baseUrl, String project, String region, boolean regionIsTrusted) {
            URI base = URI.create(baseUrl == null ? "https://" + host(region) + "/v1" : baseUrl);
            String path = Target.path(OpenAiProvider.below(base, ""));
            return new Place(
                    base,
                    baseUrl != null || regionIsTrusted,
                    (path.equals("/") ? "" : path) + "/projects/" + project + "/locations/" + region);
        }

        /// A region, a group of them, or any (cloud.google.com, "Deployments and endpoints").
        static String host(String region) {
            return switch (region) {
                case "global" -> "aiplatform.googleapis.com";
                case "us", "eu" -> "aiplatform." + region + ".rep.googleapis.com";
                default -> region + "-aiplatform.googleapis.com";
            };
        }

        /// What is beside the models in this project, to ask whether an account may.
        URI locations() {
            return url.resolve(path.substring(0, path.lastIndexOf('/')) + "?pageSize=1");
        }
    }

    private final UpstreamProvider facts;
    private final UpstreamClient client;
    private final Target target;
    private final Place place;
    private final AccessTokens tokens;
    private final Deadlines deadlines;
    private final VertexFormat format = new VertexFormat();

    private VertexProvider(
            UpstreamProvider facts, UpstreamClient client, Place place, AccessTokens tokens, Deadlines deadlines) {
        this.facts = facts;
        this.client = client;
        this.target = Target.of(place.url(), place.trusted());
        this.place = place;
        this.tokens = tokens;
        this.deadlines = deadlines;
    }

    /// With the operator's account. Throws `IllegalArgumentException` with words for whoever wrote the base URL.
    public static VertexProvider ofOperator(
            UpstreamProvider facts,
            UpstreamClient client,
            ServiceAccounts accounts,
            Account account,
            Deadlines deadlines) {
        Place place = Place.of(facts.baseUrl(), account.project(), account.region(), true);
        AccessTokens tokens = accounts.ofOperator(account.google(), "provider " + facts.slug());
        return new VertexProvider(facts, client, place, tokens, deadlines);
    }

    /// With a user's own account, which says in which region it asks. `whose` names the key in the log.
    static VertexProvider ofUser(
            UpstreamProvider facts,
            UpstreamClient client,
            ServiceAccounts accounts,
            KeyMaterial.ServiceAccount key,
            String whose,
            Deadlines deadlines) {
        return new VertexProvider(facts, client, placeOf(key, facts), accounts.ofUser(key.account(), whose), deadlines);
    }

    static Place placeOf(KeyMaterial.ServiceAccount key, UpstreamProvider facts) {
        return Place.of(facts.baseUrl(), key.account().project(), key.region(), false);
    }

    /// The line that carries a token.
    static RequestHeaders bearer(Secret token) {
        return RequestHeaders.builder()
                .add("Authorization", "Bearer " + token.reveal())
                .build();
    }

    @Override
    public UpstreamProvider facts() {
        return facts;
    }

    @Override
    public ProviderCall prepare(EventLoop loop, UpstreamListener listener) {
        return new VertexCall(loop, this, listener);
    }

    AccessTokens tokens() {
        return tokens;
    }

    TranslatedAnswer answer(EventLoop loop, UpstreamListener listener) {
        return new TranslatedAnswer(loop, format, listener);
    }

    UpstreamCall call(EventLoop loop, TranslatedAnswer answer) {
        return client.prepare(loop, target, deadlines, answer);
    }

    TranslatedCall.Way way(Secret token) {
        return new TranslatedCall.Way(format, place.path(), SpokenFormats.lines(bearer(token)), null, null);
    }
}
