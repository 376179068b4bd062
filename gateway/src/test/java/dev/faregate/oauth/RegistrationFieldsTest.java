package dev.faregate.oauth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What clients say of themselves (RFC 7591 section 2).
class RegistrationFieldsTest {
    private static RegistrationFields read(String json) {
        return RegistrationFields.of(
                Json.readObject(json.getBytes(StandardCharsets.UTF_8)), OAuthClient.AuthMethod.BASIC);
    }

    private static String error(String json) {
        try {
            read(json);
            return "none";
        } catch (OAuthException e) {
            return e.error();
        }
    }

    /// "If unspecified or omitted, the default is client_secret_basic", "authorization_code" (section
    /// 2).
    @Test
    void hasTheDefaultsOfTheStandard() {
        RegistrationFields fields = read("{\"redirect_uris\":[\"https://app.example/cb\"]}");
        assertThat(fields.authMethod()).isEqualTo(OAuthClient.AuthMethod.BASIC);
        assertThat(fields.grantTypes()).containsExactly("authorization_code");
        assertThat(fields.scope()).isEqualTo(Scopes.READ_WRITE);
        assertThat(fields.name()).as("nobody said one").isEqualTo("app.example");
    }

    @Test
    void leavesOutGrantTypesThatThereAreNot() {
        assertThat(read("{\"redirect_uris\":[\"https://app.example/cb\"],\"grant_types\":[\"implicit\","
                                + "\"authorization_code\",\"password\",\"refresh_token\"]}")
                        .grantTypes())
                .containsExactly("authorization_code", "refresh_token");
        assertThat(error("{\"redirect_uris\":[\"https://app.example/cb\"],\"grant_types\":[\"password\"]}"))
                .isEqualTo("invalid_client_metadata");
        assertThat(error("{\"redirect_uris\":[\"https://app.example/cb\"],\"grant_types\":[\"refresh_token\"]}"))
                .isEqualTo("invalid_client_metadata");
    }

    @Test
    void aDeviceNeedsNoRedirect() {
        assertThat(read("{\"client_name\":\"tv\",\"grant_types\":[\"" + OAuthClient.DEVICE + "\"]}")
                        .redirectUris())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1/cb",
                "http://127.0.0.1:4321/cb",
                "http://[::1]:9/cb",
                "http://localhost:3000/cb",
                "https://app.example/cb?x=1",
                "com.example.app:/cb",
            })
    void takesRedirectsThatAreSafe(String redirect) {
        assertThat(read("{\"redirect_uris\":[\"" + redirect + "\"]}").redirectUris())
                .containsExactly(redirect);
    }

    /// RFC 8252 section 8.4 wants a dot in a private scheme; RFC 6749 section 3.1.2 no fragment.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://app.example/cb",
                "https://app.example/cb#x",
                "https://user:pw@app.example/cb",
                "javascript:alert(1)",
                "data:text/html,x",
                "myapp://cb",
                "file:///etc/passwd",
                "//app.example/cb",
                "/cb",
                "https://",
                "https://app.example/ cb",
                "",
            })
    void refusesRedirectsThatAreNot(String redirect) {
        assertThat(error("{\"redirect_uris\":[\"" + redirect + "\"]}")).isEqualTo("invalid_redirect_uri");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost/cb", "http://127.0.0.1/cb", "com.example.app:/cb"})
    void aWebApplicationIsOnTheWeb(String redirect) {
        assertThat(error("{\"application_type\":\"web\",\"redirect_uris\":[\"" + redirect + "\"]}"))
                .isEqualTo("invalid_redirect_uri");
        assertThat(error("{\"application_type\":\"native\",\"redirect_uris\":[\"" + redirect + "\"]}"))
                .isEqualTo("none");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"redirect_uris\":\"https://app.example/cb\"}",
                "{\"redirect_uris\":[1]}",
                "{\"redirect_uris\":[]}",
                "{}",
                "{\"redirect_uris\":[\"https://a.example/1\",\"https://a.example/2\",\"https://a.example/3\","
                        + "\"https://a.example/4\",\"https://a.example/5\",\"https://a.example/6\",\"https://a.example/7\","
                        + "\"https://a.example/8\",\"https://a.example/9\",\"https://a.example/10\",\"https://a.example/11\"]}",
            })
    void refusesRedirectsThatAreNoList(String json) {
        assertThat(error(json)).isEqualTo("invalid_redirect_uri");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"token_endpoint_auth_method\":\"private_key_jwt\"",
                "\"response_types\":[\"token\"]",
                "\"client_name\":{}",
                "\"scope\":\"admin\"",
                "\"grant_types\":\"authorization_code\"",
            })
    void refusesWhatItCannotKeep(String field) {
        assertThat(error("{\"redirect_uris\":[\"https://app.example/cb\"]," + field + "}"))
                .isEqualTo("invalid_client_metadata");
    }

    @Test
    void cleansWhatPeopleAreShown() {
        assertThat(read("{\"client_name\":\"Bank\\u202egro\\u200b\\n\",\"redirect_uris\":[\"https://app.example/cb\"]}")
                        .name())
                .isEqualTo("Bankgro");
        assertThat(read("{\"client_uri\":\"javascript:alert(1)\",\"redirect_uris\":[\"https://app.example/cb\"]}")
                        .clientUri())
                .isNull();
    }
}
