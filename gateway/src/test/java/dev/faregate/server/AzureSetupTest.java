package dev.faregate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.models.CatalogueReader;
import dev.faregate.providers.EgressGuard;
import dev.faregate.providers.Outbound;
import dev.faregate.providers.ServiceAccounts;
import dev.faregate.providers.UpstreamClient;
import dev.faregate.providers.UpstreamSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How the file and Azure's variables describe a provider of `format: azure`.
class AzureSetupTest {
    private static final UpstreamClient CLIENT =
            new UpstreamClient(UpstreamSettings.DEFAULTS, new EgressGuard(Set.of()));
    private static final Outbound OUTBOUND = new Outbound(CLIENT);

    @TempDir
    Path folder = Path.of("");

    private final Map<String, String> variables = new HashMap<>();

    @AfterAll
    static void stop() {
        OUTBOUND.close();
        CLIENT.close();
    }

    private List<String> made(String yaml) throws IOException {
        Files.writeString(folder.resolve("faregate.yaml"), yaml);
        Config config = Config.load(new Config.Sources(Map.of(), new Environment(variables), folder));
        ServiceAccounts accounts = new ServiceAccounts(OUTBOUND, Set.of(), InstantSource.system());
        return new ProviderSetup(CatalogueReader.shipped(), CLIENT, accounts)
                .make(config).providers().stream()
                        .map(provider -> provider.facts().slug())
                        .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "AZURE_OPENAI_API_KEY, AZURE_OPENAI_ENDPOINT, https://r.openai.azure.com/, true",
        "AZURE_API_KEY, AZURE_RESOURCE_NAME, my-resource, true",
        "AZURE_API_KEY, AZURE_RESOURCE_NAME, evil.host/, false",
        "AZURE_OPENAI_API_KEY, AZURE_OPENAI_ENDPOINT, 'not a url', false",
        "AZURE_OPENAI_API_KEY, UNRELATED, x, false"
    })
    void theVariablesAreEnough(String keyName, String placeName, String place, boolean there) throws IOException {
        variables.put(keyName, "k");
        variables.put(placeName, place);
        assertThat(made("").contains("azure")).isEqualTo(there);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            slug: azure, resource: my-resource, api_key: k
            slug: azure, base_url: "https://r.example", api_key: k, api_version: 2024-10-21
            slug: eu, format: azure, resource: My-Resource, api_key: k, api_version: "2025-04-01-preview"
            """)
    void theFileIsEnough(String entry) throws IOException {
        assertThat(made("providers: [{" + entry + "}]")).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            resource: r                                                   | api_key: is missing
            api_key: k                                                    | base_url: is missing
            api_key: k, resource: "a.b"                                   | resource: must be the name of an Azure resource
            api_key: k, resource: 7                                       | resource: must be a text
            api_key: k, resource: r, base_url: "https://r.example"        | resource: is another word for base_url
            api_key: k, resource: r, api_version: latest                  | api_version: must be a version of Azure's API
            api_key: k, base_url: "https://u:planted@r.example"           | base_url: the base URL must have a plain host
            """)
    void namesTheLineOfAMistake(String entry, String message) {
        assertThatThrownBy(() -> made("providers:\n  - {slug: azure, " + entry + "}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("faregate.yaml line 2: providers[0]." + message)
                .hasMessageNotContaining("planted");
    }
}
