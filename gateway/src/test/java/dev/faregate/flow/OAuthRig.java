package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.oauth.TestClients;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A server, a person with a browser, and programs that ask for keys: the two sides of each OAuth flow.
/// Names and values of parameters alternate; `-name` takes one of the usual ones away.
final class OAuthRig {
    static final String VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    static final String CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    static final String REDIRECT = "https://app.example/cb";

    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    final TestServer server;
    final Persons.Person person;
    final PageClient browser;

    OAuthRig(TestServer server, Persons.Person person) {
        this.server = server;
        this.person = person;
        this.browser = Persons.client(server, person);
    }

    TestClients.Made client(boolean secret, String... redirects) {
        return TestClients.make(
                server.faregate.database(),
                person.organizationId(),
                secret,
                redirects.length == 0 ? new String[] {REDIRECT} : redirects);
    }

    String issuer() {
        return "http://127.0.0.1:" + server.port();
    }

    // The person's side

    /// The address that a client sends a person to.
    static String authorize(TestClients.Made client, String... more) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("response_type", "code");
        parameters.put("client_id", client.id());
        parameters.put("redirect_uri", REDIRECT);
        parameters.put("state", "s-1");
        parameters.put("code_challenge", CHALLENGE);
        parameters.put("code_challenge_method", "S256");
        return "/oauth/authorize?" + encoded(changed(parameters, more));
    }

    /// The answer to a yes on that page.
    HttpResponse<String> allow(String path) {
        return allow(browser, path, person.workspaceId());
    }

    /// The same for whoever is signed in in that browser.
    static HttpResponse<String> allow(PageClient browser, String path, String workspace) {
        assertThat(browser.get(path).statusCode()).isEqualTo(200);
        return browser.post(
                path,
                "decision",
                "allow",
                "name",
                "Its key",
                "limit",
                "5",
                "reset",
                "total",
                "end",
                "never",
                "workspace",
                workspace);
    }

    String code(TestClients.Made client, String... more) {
        return codeIn(PageClient.location(allow(authorize(client, more))));
    }

    static String codeIn(String location) {
        return Objects.requireNonNull(query(location).get("code"), location);
    }

    static Map<String, String> query(String location) {
        Map<String, String> query = new LinkedHashMap<>();
        String raw = URI.create(location).getRawQuery();
        for (String pair : raw == null ? new String[0] : raw.split("&")) {
            int equals = pair.indexOf('=');
            query.put(pair.substring(0, equals), URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
        return query;
    }

    // The program's side

    /// Posts a form as a program: no cookies.
    HttpResponse<String> form(String path, String authorization, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.uri(path))
                .timeout(TestServer.PATIENCE)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.build());
    }

    HttpResponse<String> get(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.uri(path)).timeout(TestServer.PATIENCE);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.build());
    }

    /// What lies outside of the API is not in its document, so nothing is compared with that.
    static HttpResponse<String> send(HttpRequest request) {
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// Redeems a code at the token endpoint.
    HttpResponse<String> redeem(TestClients.Made client, String code, String... more) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("grant_type", "authorization_code");
        parameters.put("code", code);
        parameters.put("redirect_uri", REDIRECT);
        parameters.put("code_verifier", VERIFIER);
        return send("/oauth/token", client, changed(parameters, more));
    }

    HttpResponse<String> refresh(TestClients.Made client, String token, String... more) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("grant_type", "refresh_token");
        parameters.put("refresh_token", token);
        return send("/oauth/token", client, changed(parameters, more));
    }

    HttpResponse<String> revoke(TestClients.Made client, String token, String... more) {
        return send("/oauth/revoke", client, changed(new LinkedHashMap<>(Map.of("token", token)), more));
    }

    HttpResponse<String> introspect(TestClients.Made client, String token) {
        return send("/oauth/introspect", client, new LinkedHashMap<>(Map.of("token", token)));
    }

    /// With a secret by HTTP Basic, without one by the id in the body.
    private HttpResponse<String> send(String path, TestClients.Made client, Map<String, String> parameters) {
        if (client.secret().isEmpty()) {
            parameters.putIfAbsent("client_id", client.id());
            return form(path, "", encoded(parameters));
        }
        return form(path, basic(client.id(), client.secret()), encoded(parameters));
    }

    static String basic(String id, String secret) {
        String pair =
                URLEncoder.encode(id, StandardCharsets.UTF_8) + ":" + URLEncoder.encode(secret, StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    /// The whole way to a token; the parameters are those of the request for authorization.
    HttpResponse<String> token(TestClients.Made client, String... more) {
        HttpResponse<String> answer = redeem(client, code(client, more));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer;
    }

    static String text(HttpResponse<String> answer, String field) {
        assertThat(TestServer.json(answer).path(field).isString())
                .as(answer.body())
                .isTrue();
        return TestServer.json(answer).get(field).asString();
    }

    int statusOf(String key) {
        return server.get("/api/v1/key", key).statusCode();
    }

    /// As if so many seconds had gone by for that column.
    void later(String table, String column, long seconds) {
        server.faregate
                .database()
                .write(tx -> tx.sql()
                        .execute("UPDATE " + table + " SET " + column + " = " + column + " - " + seconds * 1_000_000));
    }

    static String encoded(Map<String, String> parameters) {
        List<String> pairs = new ArrayList<>();
        parameters.forEach((name, value) -> pairs.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return String.join("&", pairs);
    }

    private static Map<String, String> changed(Map<String, String> parameters, String... more) {
        for (int i = 0; i < more.length; i += 2) {
            if (more[i].startsWith("-")) {
                parameters.remove(more[i].substring(1));
            } else {
                parameters.put(more[i], more[i + 1]);
            }
        }
        return parameters;
    }
}
