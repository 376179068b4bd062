package dev.faregate.byok;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Secret;
import dev.faregate.keys.Rig;
import dev.faregate.testkit.GoogleTokens;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/// What the texts of provider keys mean (contract 3.5), and that no complaint shows one.
class KeyMaterialTest {
    private static final ObjectNode ACCOUNT = account();

    private static ObjectNode account() {
        try (GoogleTokens google = GoogleTokens.start("p")) {
            return google.keyFile();
        }
    }

    private static String accountWith(String name, String value) {
        return ACCOUNT.deepCopy().put(name, value).toString();
    }

    static Stream<Arguments> formats() {
        return Stream.of(
                Arguments.of("openai", "sk-proj-0123456789abcdWXYZ", "sk-...WXYZ"),
                Arguments.of("openai", "short", "..."),
                Arguments.of("amazon-bedrock", "bedrock-api-key-0123456789", "bed...6789"),
                Arguments.of(
                        "amazon-bedrock",
                        "{\"accessKeyId\":\"AKIAIOSFODNN7EXAMPLE\",\"secretAccessKey\":\"wJalr/x\",\"region\":\"us-east-1\"}",
                        "AKI...MPLE"),
                Arguments.of("google-vertex", ACCOUNT.toString(), "service account"),
                Arguments.of("google-vertex", accountWith("region", "europe-west4"), "service account"),
                Arguments.of("google-vertex", accountWith("bucket", "b"), "service account"),
                Arguments.of(
                        "azure",
                        "[{\"api_key\":\"azure-0123456789abcdWXYZ\",\"resource_name\":\"my-res\"}]",
                        "azu...WXYZ"),
                Arguments.of(
                        "azure",
                        "[{\"model_slug\":\"openai/gpt-4o\",\"endpoint_url\":\"https://x.openai.azure.com/openai/deployments/d"
                                + "/chat/completions?api-version=1\",\"api_key\":\"azure-0123456789abcdWXYZ\",\"model_id\":\"d\"}]",
                        "azu...WXYZ"));
    }

    @ParameterizedTest
    @MethodSource("formats")
    void readsEveryFormatAndMasksIt(String provider, String text, String label) {
        KeyMaterial read = KeyMaterial.read(provider, Secret.of(text));
        assertThat(read.label()).isEqualTo(label);
        assertThat(read.toString()).doesNotContain("WXYZ").doesNotContain("wJalr");
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of("openai", "has a space", "key"),
                Arguments.of("openai", "line\nbreak-planted", "key"),
                Arguments.of("openai", "ümlaut", "key"),
                Arguments.of("openai", "x".repeat(KeyMaterial.MAX_LENGTH + 1), "key"),
                Arguments.of("azure", "plain-text-planted", "key"),
                Arguments.of("azure", "[]", "key"),
                Arguments.of("azure", "[1]", "key[0]"),
                Arguments.of("azure", "[{\"resource_name\":\"r\"}]", "key[0].api_key"),
                Arguments.of("azure", "[{\"api_key\":\"k\"}]", "key[0].resource_name"),
                Arguments.of("azure", "[{\"api_key\":\"k\",\"resource_name\":\"evil.host/\"}]", "key[0].resource_name"),
                Arguments.of(
                        "azure",
                        "[{\"api_key\":\"k\",\"resource_name\":\"r\",\"resource_type\":\"x\"}]",
                        "key[0].resource_type"),
                Arguments.of(
                        "azure",
                        "[{\"model_slug\":\"m\",\"endpoint_url\":\"ftp://h/\",\"api_key\":\"k\",\"model_id\":\"d\"}]",
                        "key[0].endpoint_url"),
                Arguments.of(
                        "azure",
                        "[{\"model_slug\":\"m\",\"endpoint_url\":\"https://u:planted@h/\",\"api_key\":\"k\",\"model_id\":\"d\"}]",
                        "key[0].endpoint_url"),
                Arguments.of("amazon-bedrock", "{\"accessKeyId\":\"a\"}", "key.secretAccessKey"),
                Arguments.of(
                        "amazon-bedrock",
                        "{\"accessKeyId\":\"a\",\"secretAccessKey\":\"planted\",\"region\":\"no region\"}",
                        "key.region"),
                Arguments.of("google-vertex", "AIza-planted", "key"),
                Arguments.of("google-vertex", "{\"type\":\"user\"}", "key.type"),
                Arguments.of("google-vertex", accountWith("project_id", "../planted"), "key.project_id"),
                Arguments.of("google-vertex", accountWith("client_email", ""), "key.client_email"),
                Arguments.of("google-vertex", accountWith("private_key", "planted"), "key.private_key"),
                Arguments.of(
                        "google-vertex",
                        accountWith("private_key", "-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----"),
                        "key.private_key"),
                Arguments.of("google-vertex", accountWith("token_uri", "file:///planted"), "key.token_uri"),
                Arguments.of("google-vertex", accountWith("region", "planted/"), "key.region"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void namesWhatIsWrongAndShowsNothingOfIt(String provider, String text, String field) {
        ApiError error = Objects.requireNonNull(Rig.errorOf(() -> KeyMaterial.read(provider, Secret.of(text))));
        assertThat(error).isInstanceOfSatisfying(ApiError.BadRequest.class, bad -> {
            assertThat(bad.param()).isEqualTo(field);
            assertThat(bad.message()).doesNotContain("planted");
        });
    }

    @Test
    void aServiceAccountIsAskedForEverywhereUnlessItSaysWhere() {
        KeyMaterial.ServiceAccount plain =
                (KeyMaterial.ServiceAccount) KeyMaterial.read("google-vertex", Secret.of(ACCOUNT.toString()));
        assertThat(plain.region()).isEqualTo("global");
        assertThat(plain.account().project()).isEqualTo("p");
        assertThat(plain.toString()).doesNotContain("PRIVATE", "modulus");
        ObjectNode old = ACCOUNT.deepCopy();
        old.remove("token_uri");
        KeyMaterial.ServiceAccount older =
                (KeyMaterial.ServiceAccount) KeyMaterial.read("google-vertex", Secret.of(old.toString()));
        assertThat(older.account().tokenUri()).hasToString("https://oauth2.googleapis.com/token");
    }

    @Test
    void aDeploymentWinsForItsModelAndAResourceServesTheRest() {
        KeyMaterial.Azure azure = (KeyMaterial.Azure) KeyMaterial.read(
                "azure",
                Secret.of("[{\"api_key\":\"r\",\"resource_name\":\"Res\",\"resource_type\":\"ai_foundry\"},"
                        + "{\"model_slug\":\"openai/gpt-4o\",\"endpoint_url\":\"https://d.example/x\",\"api_key\":\"d\","
                        + "\"model_id\":\"my-gpt\"}]"));
        assertThat(azure.deploymentOf("openai/gpt-4o", "openai/gpt-4o-1"))
                .map(KeyMaterial.Deployment::modelId)
                .hasValue("my-gpt");
        assertThat(azure.deploymentOf("openai/other", "openai/other-1")).isEmpty();
        assertThat(azure.resources().getFirst().base()).hasToString("https://res.services.ai.azure.com/openai/v1");
    }

    @Test
    void takesItsSecretsOutOfWhatOthersSay() {
        KeyMaterial key = KeyMaterial.read("openai", Secret.of("my-odd-credential"));
        assertThat(key.without("Incorrect API key: my-odd-credential.")).isEqualTo("Incorrect API key: [redacted].");
        assertThat(key.without(null)).isNull();
    }
}
