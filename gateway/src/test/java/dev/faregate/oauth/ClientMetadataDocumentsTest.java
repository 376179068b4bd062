package dev.faregate.oauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients whose id is the address of a document (draft-ietf-oauth-client-id-metadata-document).
class ClientMetadataDocumentsTest {
    private static final String ADDRESS = "https://app.example/oauth/client.json";
    private static final String GOOD = "{\"client_id\":\"" + ADDRESS + "\",\"client_name\":\"My <b>app</b>\","
            + "\"redirect_uris\":[\"http://127.0.0.1/callback\",\"https://app.example/cb\"],"
            + "\"grant_types\":[\"authorization_code\",\"refresh_token\"],\"logo_uri\":\"javascript:alert(1)\"}";

    private final MovingClock clock = new MovingClock();
    private final List<String> asked = new ArrayList<>();
    private ClientMetadataDocuments.Fetched answer = answer(200, "application/json", null, GOOD);
    private final ClientMetadataDocuments documents = new ClientMetadataDocuments(
            (url, maxBytes, timeout) -> {
                asked.add(url.toString());
                assertThat(maxBytes).isLessThanOrEqualTo(10 * 1024);
                assertThat(timeout).isLessThanOrEqualTo(Duration.ofSeconds(5));
                return answer;
            },
            clock);

    private static ClientMetadataDocuments.Fetched answer(
            int status, @Nullable String type, @Nullable String cache, String body) {
        return new ClientMetadataDocuments.Fetched(status, type, cache, body.getBytes(StandardCharsets.UTF_8), null);
    }

    private String problem(String address) {
        try {
            documents.find(address);
            return "none";
        } catch (OAuthException e) {
            assertThat(e.error()).isIn("invalid_client", "temporarily_unavailable", "invalid_redirect_uri");
            return e.description();
        }
    }

    @Test
    void knowsAClientByItsDocument() {
        OAuthClient client = documents.find(ADDRESS).orElseThrow();
        assertThat(client.clientId()).isEqualTo(ADDRESS);
        assertThat(client.origin()).isEqualTo(OAuthClient.Origin.DOCUMENT);
        assertThat(client.isPublic()).isTrue();
        assertThat(client.name()).isEqualTo("My <b>app</b>");
        assertThat(client.redirectUris()).containsExactly("http://127.0.0.1/callback", "https://app.example/cb");
        assertThat(client.mayUse(OAuthClient.REFRESH)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://app.example/client.json",
                "https://app.example",
                "https://app.example/",
                "https://app.example/client.json?x=1",
                "https://app.example/client.json#x",
                "https://user@app.example/client.json",
                "https://app.example/a/../client.json",
                "https://app.example/./client.json",
                "https://app.example/%2e%2E/client.json",
                "https:///client.json",
                "https://app example/client.json",
            })
    void asksNoAddressThatIsNone(String address) {
        assertThat(problem(address)).contains("must be an https URL with a path");
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | application/json | {\"client_id\":\"https://evil.example/c\",\"client_name\":\"x\"} | client_id in the document",
                "200 | application/json | {\"client_name\":\"x\"} | client_id in the document",
                "200 | application/json | {\"client_id\":\"ADDRESS\",\"redirect_uris\":[\"https://a.example/\"]} | client_name",
                "200 | application/json | {\"client_id\":\"ADDRESS\",\"client_name\":\"x\"} | redirect_uris",
                "200 | application/json | {\"client_id\":\"ADDRESS\",\"client_name\":\"x\",\"client_secret\":\"y\"} | no secret",
                "200 | application/json | {\"client_id\":\"ADDRESS\",\"client_name\":\"x\",\"redirect_uris\":[\"https://a.example/\"],\"token_endpoint_auth_method\":\"client_secret_basic\"} | must be none",
                "200 | application/json | {\"client_id\":\"ADDRESS\",\"client_name\":\"x\",\"redirect_uris\":[\"javascript:alert(1)\"]} | redirect_uris",
                "200 | application/json | [] | not a JSON object",
                "200 | application/json | {{{ | not a JSON object",
                "200 | text/html | GOOD | not JSON",
                "302 | application/json | GOOD | not a redirect",
                "404 | application/json | GOOD | answers 404",
                "201 | application/json | GOOD | answers 201",
            })
    void refusesADocumentThatIsNotAsItMustBe(int status, String type, String body, String why) {
        answer = answer(status, type, null, body.equals("GOOD") ? GOOD : body.replace("ADDRESS", ADDRESS));
        assertThat(problem(ADDRESS)).contains(why);
        problem(ADDRESS);
        assertThat(asked).as("a bad answer is remembered for a while").hasSize(1);
    }

    @Test
    void saysWhyNothingCameAndNotWhatIsThere() {
        answer = new ClientMetadataDocuments.Fetched(
                0, null, null, new byte[0], "the host leads into a network that is not allowed");
        assertThat(problem("https://inside.example/c")).contains("could not be read", "not allowed");
    }

    @Test
    void takesOtherTypesOfJson() {
        answer = answer(200, "application/cimd+json; charset=utf-8", null, GOOD);
        assertThat(documents.find(ADDRESS)).isPresent();
    }

    @ParameterizedTest
    @CsvSource({
        "'max-age=600', 600",
        "'public, max-age=3600', 3600",
        "'max-age=1', 30",
        "'max-age=999999999', 86400",
        "'no-store', 30",
        "'no-cache, max-age=600', 30",
        "'s-maxage=9', 300",
        "'nonsense', 300",
        ", 300"
    })
    void keepsItAsLongAsTheAnswerSaysWithinBounds(@Nullable String cacheControl, long seconds) {
        assertThat(ClientMetadataDocuments.lifetime(cacheControl)).isEqualTo(Duration.ofSeconds(seconds));
        answer = answer(200, "application/json", cacheControl, GOOD);
        documents.find(ADDRESS);
        clock.move(Duration.ofSeconds(seconds - 1));
        documents.find(ADDRESS);
        assertThat(asked).hasSize(1);
        clock.move(Duration.ofSeconds(2));
        documents.find(ADDRESS);
        assertThat(asked).hasSize(2);
    }

    @Test
    void asksAHostOnlySoOften() {
        for (int i = 0; i < 2 * ClientMetadataDocuments.PER_HOST_AND_MINUTE; i++) {
            problem("https://victim.example/" + i);
        }
        assertThat(asked).hasSize(ClientMetadataDocuments.PER_HOST_AND_MINUTE);
        assertThatExceptionOfType(OAuthException.class)
                .isThrownBy(() -> documents.find("https://victim.example/more"))
                .matches(e -> e.error().equals("temporarily_unavailable"));
        problem("https://other.example/1");
        assertThat(asked).hasSize(ClientMetadataDocuments.PER_HOST_AND_MINUTE + 1);
        clock.move(Duration.ofMinutes(1));
        problem("https://victim.example/later");
        assertThat(asked).hasSize(ClientMetadataDocuments.PER_HOST_AND_MINUTE + 2);
    }
}
