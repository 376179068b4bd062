package dev.faregate.providers;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import dev.faregate.byok.Credential;
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
/// models. The answer says what happened in our own words: what a provider says may quote the key.
public final class ByokTestHandler {
    static final Duration TIMEOUT = Duration.ofSeconds(10);

    /// Tests under way at one time, on this node.
    static final int AT_ONCE = 16;

    /// What came of a test: `status` is the provider's, null when it was not reached; `message` is in our words.
    public record Tested(boolean ok, @Nullable Integer status, String message, long millis) {}

    private static final int RETRY_S = 5;
    private static final String MODELS = "/models";

    /// What is asked: the address, whether it is the operator's, and the line that carries the key; and which status
    /// tells, besides those that mean it everywhere, that the key is wrong.
    private record Question(URI url, boolean trusted, RequestHeaders credential, int wrongKey) {
        Question(URI url, boolean trusted, RequestHeaders credential) {
            this(url, trusted, credential, 401);
        }
    }

    private final ManagedProviderKeys keys;
    private final Catalogues catalogues;
    private final Outbound outbound;
    private final InstantSource clock;
    private final Semaphore places = new Semaphore(AT_ONCE);

    public ByokTestHandler(ManagedProviderKeys keys, Catalogues catalogues, Outbound outbound, InstantSource clock) {
        this.keys = keys;
        this.catalogues = catalogues;
        this.outbound = outbound;
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
        long began = System.nanoTime();
        Outbound.Result result;
        try {
            result = outbound.get(question.url(), question.trusted(), question.credential(), TIMEOUT);
        } finally {
            places.release();
        }
        long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();
        Tested tested = switch (result) {
            case Outbound.Result.Answered(int status, String _) ->
                new Tested(status >= 200 && status < 300, status, said(status, question.wrongKey()), millis);
            case Outbound.Result.Failed failed ->
                new Tested(false, null, "The provider could not be reached: " + failed.why() + ".", millis);
        };
        keys.recordTest(request, tested.ok(), tested.message());
        return tested;
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
            case KeyMaterial.AwsKeys aws ->
                provider.format() == WireFormat.BEDROCK
                        ? Optional.of(bedrock(BedrockAccount.of(provider, aws)))
                        : Optional.empty();
            case KeyMaterial.ServiceAccount _ -> Optional.empty();
        };
    }

    private static Optional<Question> plain(Secret key, UpstreamProvider provider) {
        if (provider.baseUrl() == null || !provider.format().isSpoken()) {
            return Optional.empty();
        }
        URI base = URI.create(provider.baseUrl());
        if (provider.format() == WireFormat.BEDROCK) {
            return Optional.of(bedrock(BedrockAccount.of(provider, base, key)));
        }
        URI models = OpenAiProvider.below(base, MODELS);
        // Google tells a wrong key like a bad request, and nothing else is in this one.
        int wrongKey = provider.format() == WireFormat.GEMINI ? 400 : 401;
        return Optional.of(new Question(models, true, SpokenFormats.credential(provider.format(), key), wrongKey));
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
