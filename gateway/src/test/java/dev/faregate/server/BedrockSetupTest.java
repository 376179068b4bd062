package dev.faregate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Secret;
import dev.faregate.models.Catalogue;
import dev.faregate.models.CatalogueException;
import dev.faregate.models.CatalogueOverlay;
import dev.faregate.models.CatalogueReader;
import dev.faregate.models.UpstreamProvider;
import dev.faregate.providers.AwsCredential;
import dev.faregate.providers.BedrockAccount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// The operator's account of Amazon Bedrock, by the file and by Amazon's variables.
class BedrockSetupTest {
    private static final Catalogue SHIPPED = CatalogueReader.shipped();

    @TempDir
    private Path folder;

    private Config config(String yaml, Map<String, String> variables) {
        try {
            Files.writeString(folder.resolve("faregate.yaml"), yaml);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return Config.load(new Config.Sources(Map.of("data", "data"), new Environment(variables), folder));
    }

    /// `entry` as the one provider of the file.
    private BedrockAccount inFile(String entry, Map<String, String> variables) {
        Config config = config("providers:\n  - {" + entry + "}\n", variables);
        JsonNode stated = Objects.requireNonNull(config.document().section("providers"));
        UpstreamProvider facts = CatalogueOverlay.apply(SHIPPED, stated, null)
                .findProvider(stated.get(0).path("slug").asString())
                .orElseThrow();
        return BedrockSetup.fromFile(config, facts, stated.get(0), "providers[0]");
    }

    private Optional<BedrockAccount> byVariables(Map<String, String> variables) {
        UpstreamProvider facts = SHIPPED.findProvider("amazon-bedrock").orElseThrow();
        return BedrockSetup.fromEnvironment(config("", variables), facts);
    }

    private static AwsCredential keys(String id, String secret, @Nullable String session) {
        return new AwsCredential.AccessKeys(
                Secret.of(id), Secret.of(secret), session == null ? null : Secret.of(session));
    }

    private static void is(BedrockAccount account, String base, String region, AwsCredential credential) {
        assertThat(account.base()).hasToString(base);
        assertThat(account.region()).isEqualTo(region);
        assertThat(account.credential()).isEqualTo(credential);
        assertThat(account.trusted()).isTrue();
        assertThat(account.toString()).doesNotContain("hush");
    }

    @Test
    void needsNoFile() {
        Map<String, String> variables = new HashMap<>(
                Map.of("AWS_REGION", "eu-west-1", "AWS_ACCESS_KEY_ID", "AKID", "AWS_SECRET_ACCESS_KEY", "hush"));
        is(
                byVariables(variables).orElseThrow(),
                "https://bedrock-runtime.eu-west-1.amazonaws.com",
                "eu-west-1",
                keys("AKID", "hush", null));
        variables.put("AWS_SESSION_TOKEN", "hush-session");
        assertThat(byVariables(variables).orElseThrow().credential()).isEqualTo(keys("AKID", "hush", "hush-session"));
        variables.put("AWS_BEARER_TOKEN_BEDROCK", "hush-bearer");
        assertThat(byVariables(variables).orElseThrow().credential())
                .isEqualTo(new AwsCredential.ApiKey(Secret.of("hush-bearer")));
        is(
                byVariables(Map.of("AWS_BEARER_TOKEN_BEDROCK", "hush")).orElseThrow(),
                "https://bedrock-runtime.us-east-1.amazonaws.com",
                "us-east-1",
                new AwsCredential.ApiKey(Secret.of("hush")));
        assertThat(byVariables(Map.of("AWS_REGION", "eu-west-1"))).isEmpty();
        assertThat(byVariables(Map.of("AWS_ACCESS_KEY_ID", "AKID"))).isEmpty();
        assertThatThrownBy(() -> byVariables(Map.of("AWS_BEARER_TOKEN_BEDROCK", "hush", "AWS_REGION", "a.evil/")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("AWS_REGION");
    }

    @Test
    void takesWhatTheFileSaysFirst() {
        Map<String, String> variables = Map.of("AWS_REGION", "eu-west-1", "AWS_BEARER_TOKEN_BEDROCK", "hush");
        is(
                inFile(
                        "slug: amazon-bedrock, region: us-west-2, access_key_id: AKID, secret_access_key: hush,"
                                + " session_token: \"${AWS_SESSION_TOKEN:-}\"",
                        variables),
                "https://bedrock-runtime.us-west-2.amazonaws.com",
                "us-west-2",
                keys("AKID", "hush", null));
        is(
                inFile("slug: amazon-bedrock", variables),
                "https://bedrock-runtime.eu-west-1.amazonaws.com",
                "eu-west-1",
                new AwsCredential.ApiKey(Secret.of("hush")));
        is(
                inFile("slug: bedrock-eu, format: bedrock, region: eu-central-1, api_key: hush-file", variables),
                "https://bedrock-runtime.eu-central-1.amazonaws.com",
                "eu-central-1",
                new AwsCredential.ApiKey(Secret.of("hush-file")));
        is(
                inFile(
                        "slug: amazon-bedrock, access_key_id: AKID, secret_access_key: hush, base_url: "
                                + "\"https://vpce-1.bedrock-runtime.ap-south-1.vpce.amazonaws.com\"",
                        Map.of()),
                "https://vpce-1.bedrock-runtime.ap-south-1.vpce.amazonaws.com",
                "ap-south-1",
                keys("AKID", "hush", null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "slug: amazon-bedrock | providers[0].api_key: is missing",
                "slug: amazon-bedrock, access_key_id: AKID | providers[0].secret_access_key: is missing",
                "slug: amazon-bedrock, secret_access_key: hush | providers[0].access_key_id: is missing",
                "slug: amazon-bedrock, api_key: [hush] | providers[0].api_key: must be a non-empty text",
                "slug: b, format: bedrock, base_url: \"http://127.0.0.1:1\", access_key_id: AKID, secret_access_key: hush"
                        + " | providers[0].region: is missing",
            })
    void namesTheLineThatIsWrong(String entry, String problem) {
        assertThatThrownBy(() -> inFile(entry, Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(problem)
                .hasMessageNotContaining("hush");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "slug: b, format: bedrock, api_key: hush | providers[0].region",
                "slug: amazon-bedrock, region: evil.example/, api_key: hush | providers[0].region",
                "slug: amazon-bedrock, region: \"-\", api_key: hush | providers[0].region"
            })
    void takesOnlyTheNameOfARegion(String entry, String path) {
        assertThatThrownBy(() -> inFile(entry, Map.of()))
                .isInstanceOf(CatalogueException.class)
                .hasMessageContaining(path);
    }
}
