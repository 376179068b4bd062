package dev.faregate.providers;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import dev.faregate.byok.Credential;
import dev.faregate.byok.GoogleAccount;
import dev.faregate.byok.KeyMaterial;
import dev.faregate.byok.ManagedProviderKeys;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.models.Catalogues;
import dev.faregate.models.UpstreamProvider;
import dev.faregate.models.WireFormat;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// `POST /byok/{id}/test` (ours): does the provider take the key? One cheap call that generates nothing, the list of
/// models or, of Vertex, that of locations. The answer says what happened in our own words: what a provider says may
/// quote the key.
public final class ByokTestHandler {
    static final Duration TIMEOUT = Duration.ofSeconds(10);

    /// Tests under way at one time, on this node.
    static final int AT_ONCE = 16;

    /// What came of a test: `status` is the provider's, null when it was not reached; `message` is in our words.
    public record Tested(boolean ok, @Nullable Integer status, String message, long millis) {}

    private static final int RETRY_S = 5;
    private static final String MODELS = "/models";

    /// What is asked: the address, whether it is the operator's, and the line that carries the key, or the account that
    /// gets it; and which status tells, besides those that mean it everywhere, that the key is wrong.
    private record Question(
            URI url,
            boolean trusted,
            RequestHeaders credential,
            @Nullable GoogleAccount account,
            int wrongKey) {
        Question(URI url, boolean trusted, RequestHeaders credential) {
            this(url, trusted, credential, null, 401);
        }
    }

    private final ManagedProviderKeys keys;
    private final Catalogues catalogues;
    private final Outbound outbound;
    private final ServiceAccounts accounts;
    private final InstantSource clock;
    private final Semaphore places = new Semaphore(AT_ONCE);

    public ByokTestHandler(
            ManagedProviderKeys keys,
            Catalogues catalogues,
            Outbound outbound,
            ServiceAccounts accounts,
            InstantSource clock) {
        this.keys = keys;
        this.catalogues = catalogues;
        this.outbound = outbound;
        this.accounts = accounts;
        this.clock = clock;
    }

    public Response handle(Request request) {
        return answer(tested(request));
    }

    /// Tests the key that the path names. Throws a 422 for a key that cannot be tested. The page calls this too.
    public Tested tested(Request request) {
        Credential key = keys.opened(request);
        Question question = catalogues
                .snapshot()
                .findProvider(key.provider())
                .flatMap(provider -> question(key, provider))
                .orElseThrow(() -> new ApiException(new ApiError.Unprocessable(
                        "Keys of this provider cannot be tested: its address or its wire format is not known here.",
                        null)));
        if (!places.tryAcquire()) {
            throw new ApiException(new ApiError.RateLimited(
                    "Too many tests are running; try again.", AT_ONCE, clock.millis() + RETRY_S * 1_000L, RETRY_S));
        }
        Tested tested;
        try {
            tested = ask(question);
        } finally {
            places.release();
        }
        keys.recordTest(request, tested.ok(), tested.message());
        return tested;
    }

    private Tested ask(Question question) {
        long began = System.nanoTime();
        RequestHeaders credential = question.credential();
        if (question.account() != null) {
            switch (accounts.askForUser(question.account())) {
                case AccessTokens.Answer.Token(Secret token, Duration _) -> credential = VertexProvider.bearer(token);
                case AccessTokens.Answer.Refused(String why) -> {
                    return unreached(began, "The account gets no access token: " + why + ".");
                }
                case AccessTokens.Answer.Failed(String why) -> {
                    return unreached(began, "The account's token endpoint could not be asked: " + why + ".");
                }
            }
        }
        return switch (outbound.get(question.url(), question.trusted(), credential, TIMEOUT)) {
            case Outbound.Result.Answered(int status, String _) ->
                new Tested(
                        status >= 200 && status < 300, status, said(status, question.wrongKey()), millisSince(began));
            case Outbound.Result.Failed failed ->
                unreached(began, "The provider could not be reached: " + failed.why() + ".");
        };
    }

    private static Tested unreached(long began, String message) {
        return new Tested(false, null, message, millisSince(began));
    }

    private static long millisSince(long began) {
        return Duration.ofNanos(System.nanoTime() - began).toMillis();
    }

    private static String said(int status, int wrongKey) {
        return switch (status == wrongKey ? 401 : status) {
            case 401, 403 -> "The provider refused the key.";
            case 402 -> "The provider takes the key, but its account has no credit.";
            case 404 -> "The provider has no list of models there, so the key could not be tested.";
            case 429 -> "The provider answered that the account asks too often.";
            default -> {
                if (status >= 200 && status < 300) {
                    yield "The provider takes the key.";
                }
                yield status >= 300 && status < 400
                        ? "The provider answered with a redirect, which is not followed."
                        : "The provider answered with an error.";
            }
        };
    }

    private static Optional<Question> question(Credential key, UpstreamProvider provider) {
        return switch (key.material()) {
            case KeyMaterial.Plain(Secret text) -> plain(text, provider);
            case KeyMaterial.Azure azure -> Optional.of(azure(azure));
            case KeyMaterial.ServiceAccount account -> vertex(account, provider);
            case KeyMaterial.AwsKeys aws ->
                provider.format() == WireFormat.BEDROCK
                        ? Optional.of(bedrock(BedrockAccount.of(provider, aws)))
                        : Optional.empty();
        };
    }

    private static Optional<Question> plain(Secret key, UpstreamProvider provider) {
        if (provider.baseUrl() == null || !provider.format().takesPlainKey()) {
            return Optional.empty();
        }
        String base = provider.baseUrl();
        if (provider.format() == WireFormat.BEDROCK) {
            return Optional.of(bedrock(BedrockAccount.of(provider, URI.create(base), key)));
        }
        if (provider.format() == WireFormat.COHERE && base.endsWith("/v2")) {
            // The list of models has no second version (docs.cohere.com, "List Models").
            base = base.substring(0, base.length() - 1) + "1";
        }
        URI models = OpenAiProvider.below(URI.create(base), MODELS);
        // Google tells a wrong key like a bad request, and nothing else is in this one.
        int wrongKey = provider.format() == WireFormat.GEMINI ? 400 : 401;
        return Optional.of(
                new Question(models, true, SpokenFormats.credential(provider.format(), key), null, wrongKey));
    }

    /// Vertex lists no models of a project; the project's locations are there for whoever may ask its models.
    private static Optional<Question> vertex(KeyMaterial.ServiceAccount key, UpstreamProvider provider) {
        if (provider.format() != WireFormat.VERTEX) {
            return Optional.empty();
        }
        VertexProvider.Place place = VertexProvider.placeOf(key, provider);
        return Optional.of(new Question(place.locations(), place.trusted(), RequestHeaders.NONE, key.account(), 401));
    }

    private static Question bedrock(BedrockAccount account) {
        URI models = account.models();
        return new Question(models, account.trusted(), account.lines(models));
    }

    /// A resource lists its models; of a deployment only the host is known to answer, so its own list is asked.
    private static Question azure(KeyMaterial.Azure azure) {
        if (!azure.resources().isEmpty()) {
            KeyMaterial.Resource resource = azure.resources().getFirst();
            return new Question(
                    OpenAiProvider.below(resource.base(), MODELS), false, OwnProviders.apiKey(resource.key()));
        }
        KeyMaterial.Deployment deployment = azure.deployments().getFirst();
        URI models = deployment.url().resolve("/openai/models?api-version=2024-10-21");
        return new Question(models, false, OwnProviders.apiKey(deployment.key()));
    }

    private static Response answer(Tested tested) {
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeObjectPropertyStart("data");
            json.writeBooleanProperty("ok", tested.ok());
            if (tested.status() == null) {
                json.writeNullProperty("status");
            } else {
                json.writeNumberProperty("status", tested.status());
            }
            json.writeStringProperty("message", tested.message());
            json.writeNumberProperty("latency", tested.millis());
            json.writeEndObject();
            json.writeEndObject();
        });
    }
}
