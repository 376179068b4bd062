package dev.faregate.providers;

import dev.faregate.base.Secret;
import dev.faregate.byok.KeyMaterial;
import dev.faregate.formats.BedrockFormat;
import dev.faregate.models.AwsRegion;
import dev.faregate.models.UpstreamProvider;
import java.net.URI;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An account of Amazon Bedrock: where it is asked, whether that stands in the operator's own file or is shipped, the
/// region that signatures name, and the credential.
public record BedrockAccount(URI base, boolean trusted, String region, AwsCredential credential) {
    /// As the service is called in signatures, whatever its host (botocore, `bedrock-runtime`, `signingName`).
    private static final String SERVICE = "bedrock";

    private static final String RUNTIME = "://bedrock-runtime";
    private static final String JSON = "application/json";

    /// What may come back is JSON or frames; `*/*` takes both.
    private static final RequestHeaders LINES = RequestHeaders.builder()
            .add("Content-Type", JSON)
            .add("Accept", "*/*")
            .add("User-Agent", "Faregate")
            .build();

    /// The account of a caller's own access keys, which say their region. Where the operator has Bedrock asked at an
    /// address of their own, such as a proxy, that holds for these too.
    static BedrockAccount of(UpstreamProvider facts, KeyMaterial.AwsKeys keys) {
        String known = facts.baseUrl();
        AwsCredential credential = new AwsCredential.AccessKeys(keys.accessKeyId(), keys.secretAccessKey(), null);
        if (known != null && AwsRegion.of(known) == null) {
            return new BedrockAccount(URI.create(known), true, keys.region(), credential);
        }
        String base = AwsRegion.bedrock(keys.region());
        return new BedrockAccount(URI.create(base), base.equals(known), keys.region(), credential);
    }

    /// The account that an API key is of, at the operator's or the shipped address: its region is not told.
    static BedrockAccount of(UpstreamProvider facts, URI base, @Nullable Secret key) {
        if (key == null) {
            throw new IllegalArgumentException("provider " + facts.slug() + " needs a credential");
        }
        return new BedrockAccount(base, true, "", new AwsCredential.ApiKey(key));
    }

    /// A provider that asks this account.
    public Provider provider(UpstreamProvider facts, UpstreamClient client, Deadlines deadlines) {
        Target target = Target.of(base, trusted);
        RequestHeaders lines = LINES.plus(bearer());
        RequestSigner signer = signer(Map.of("host", target.authority(), "content-type", JSON));
        TranslatedCall.Way way =
                new TranslatedCall.Way(new BedrockFormat(), NativeProvider.pathOf(base), lines, signer, null);
        return new NativeProvider(facts, client, target, way, deadlines);
    }

    /// Where the account lists its models: beside the runtime at Amazon, below it at an address of the operator's.
    URI models() {
        return URI.create(base.toString().replace(RUNTIME, "://bedrock") + "/foundation-models");
    }

    /// The lines that show whose a `GET` of that address is.
    RequestHeaders lines(URI url) {
        RequestSigner signer = signer(Map.of("host", Target.of(url, trusted).authority()));
        return signer == null ? bearer() : signer.sign("GET", Target.path(url), new byte[0]);
    }

    private @Nullable RequestSigner signer(Map<String, String> signed) {
        return credential instanceof AwsCredential.AccessKeys keys
                ? new AwsSigner(keys, signed, region, SERVICE, InstantSource.system())
                : null;
    }

    private RequestHeaders bearer() {
        return credential instanceof AwsCredential.ApiKey(var key)
                ? RequestHeaders.builder()
                        .add("Authorization", "Bearer " + key.reveal())
                        .build()
                : RequestHeaders.NONE;
    }
}
