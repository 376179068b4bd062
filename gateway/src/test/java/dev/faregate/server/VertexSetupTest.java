package dev.faregate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.models.CatalogueReader;
import dev.faregate.models.Model;
import dev.faregate.providers.EgressGuard;
import dev.faregate.providers.Outbound;
import dev.faregate.providers.Provider;
import dev.faregate.providers.ServiceAccounts;
import dev.faregate.providers.UpstreamClient;
import dev.faregate.providers.UpstreamSettings;
import dev.faregate.testkit.GoogleTokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/// How the file and Google's variables describe a provider of `format: vertex`.
class VertexSetupTest {
    private static final UpstreamClient CLIENT =
            new UpstreamClient(UpstreamSettings.DEFAULTS, new EgressGuard(Set.of()));
    private static final Outbound OUTBOUND = new Outbound(CLIENT);
    private static final ObjectNode KEY_FILE = keyFile();

    @TempDir
    Path folder = Path.of("");

    private final Map<String, String> variables = new HashMap<>();

    private static ObjectNode keyFile() {
        try (GoogleTokens google = GoogleTokens.start("faregate-test")) {
            return google.keyFile();
        }
    }

    @AfterAll
    static void stop() {
        OUTBOUND.close();
        CLIENT.close();
    }

    @BeforeEach
    void files() throws IOException {
        Files.writeString(folder.resolve("vertex.json"), KEY_FILE.toString());
        Files.writeString(folder.resolve("person.json"), "{\"type\":\"authorized_user\",\"planted\":1}");
        Files.writeString(folder.resolve("list.json"), "[]");
        Files.writeString(folder.resolve("large.json"), "[" + " ".repeat(20_000) + "]");
    }

    private ProviderSetup.Result made(String yaml) throws IOException {
        Files.writeString(folder.resolve("faregate.yaml"), yaml);
        Config config = Config.load(new Config.Sources(Map.of(), new Environment(variables), folder));
        ServiceAccounts accounts = new ServiceAccounts(OUTBOUND, Set.of(), InstantSource.system());
        return new ProviderSetup(CatalogueReader.shipped(), CLIENT, accounts).make(config);
    }

    private static List<String> slugs(ProviderSetup.Result result) {
        return result.providers().stream()
                .map(Provider::facts)
                .map(facts -> facts.slug())
                .toList();
    }

    @Test
    void theVariableIsEnough() throws IOException {
        variables.put(
                "GOOGLE_APPLICATION_CREDENTIALS", folder.resolve("vertex.json").toString());
        variables.put("GOOGLE_CLOUD_PROJECT", "another-project");
        variables.put("GOOGLE_CLOUD_LOCATION", "europe-west4");
        ProviderSetup.Result result = made("");
        assertThat(slugs(result)).containsExactly("faregate", "google-vertex");
        assertThat(result.catalogue().usable())
                .extracting(Model::id)
                .contains("google/gemini-2.5-flash", "anthropic/claude-sonnet-4.5", "openai/gpt-oss-20b")
                .doesNotContain("google/gemini-embedding-001");
    }

    /// Other programs have a use for it, and the server starts.
    @ParameterizedTest
    @CsvSource({"person.json", "list.json", "large.json", "nowhere.json"})
    void aVariableThatNamesSomethingElseIsLeftAlone(String file) throws IOException {
        variables.put("GOOGLE_APPLICATION_CREDENTIALS", folder.resolve(file).toString());
        assertThat(slugs(made(""))).containsExactly("faregate");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "credentials: vertex.json",
                "credentials: vertex.json, project: other, region: us",
                "region: global",
            })
    void takesAFileBesideTheConfigurationOrTheVariable(String entry) throws IOException {
        variables.put(
                "GOOGLE_APPLICATION_CREDENTIALS", folder.resolve("vertex.json").toString());
        assertThat(slugs(made("providers: [{slug: google-vertex, " + entry + "}]")))
                .contains("google-vertex");
    }

    @Test
    void takesTheDocumentItself() throws IOException {
        assertThat(slugs(made("providers:\n  - {slug: google-vertex, credentials: " + KEY_FILE + "}")))
                .contains("google-vertex");
        variables.put("DOCUMENT", KEY_FILE.toString());
        assertThat(slugs(made("providers: [{slug: mine, format: vertex, credentials: \"${DOCUMENT}\"}]")))
                .contains("mine");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            region: global                               | credentials: is missing
            api_key: planted                             | api_key: is not what this format wants
            credentials: 7                               | credentials: must name a file
            credentials: nowhere.json                    | credentials: names a file that cannot be read: nowhere.json
            credentials: large.json                      | credentials: names a file of more than 16384 bytes
            credentials: list.json                       | credentials: must be the JSON document of a service account
            credentials: person.json                     | credentials: `type` must be "service_account"
            credentials: vertex.json, project: "a/b"     | project: `project` must be the id of a project
            credentials: vertex.json, project: 7         | project: must be a text
            credentials: vertex.json, region: Europe     | region: `region` must be the name of a region
            credentials: vertex.json, base_url: "http://u:p@h/" | base_url: the base URL must have a plain host
            """)
    void namesTheLineOfAMistake(String entry, String message) {
        assertThatThrownBy(() -> made("providers:\n  - {slug: google-vertex, " + entry + "}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("faregate.yaml line 2: providers[0]." + message)
                .hasMessageNotContaining("planted");
    }
}
