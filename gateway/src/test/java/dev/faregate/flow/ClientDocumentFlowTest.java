package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.faregate.apps.AppStore;
import dev.faregate.base.Authorities;
import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.http.EdgeServer;
import dev.faregate.http.EdgeSettings;
import dev.faregate.http.Route;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Role;
import dev.faregate.identity.Session;
import dev.faregate.identity.Sessions;
import dev.faregate.keys.Rig;
import dev.faregate.oauth.OauthParts;
import dev.faregate.oauth.RegistrationParts;
import dev.faregate.pages.Pages;
import dev.faregate.providers.EgressGuard;
import dev.faregate.providers.Outbound;
import dev.faregate.providers.UpstreamClient;
import dev.faregate.providers.UpstreamSettings;
import dev.faregate.server.Routes;
import dev.faregate.storage.Database;
import dev.faregate.testkit.SelfSigned;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// A client whose id is the address of its document, behind real TLS with a certificate of an authority that the server
/// is told to trust: from the request for authorization to a key
/// (draft-ietf-oauth-client-id-metadata-document). What it is behind is the server's own listener, client and guard.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientDocumentFlowTest {
    private static final String CALLBACK = "https://app.example/cb";

    /// What the document's server answers.
    private record Served(int status, String type, String cache, String body) {}

    @TempDir
    static Path folder;

    private final Rig rig = new Rig(Database.Kind.SQLITE);
    private final AtomicReference<String> address = new AtomicReference<>("");
    private final List<AutoCloseable> made = new ArrayList<>();
    private final Map<String, Served> served = new java.util.concurrent.ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpsServer documents;
    private PageClient browser;
    private int paths;

    @BeforeAll
    void start() throws Exception {
        SelfSigned authority = SelfSigned.create();
        documents = documents(authority);
        Path pem = Files.writeString(folder.resolve("ca.pem"), authority.pem());
        UpstreamSettings trusting = UpstreamSettings.trusting(Authorities.with(pem));
        // By name only: 127.0.0.1, which is the same machine, stays closed.
        UpstreamClient client = new UpstreamClient(trusting, new EgressGuard(Set.of("localhost")));
        Outbound outbound = new Outbound(client);
        Pages pages = new Pages(new Sessions(rig.database), address::get, false);
        OauthParts oauth = new OauthParts(
                rig.database,
                rig.organizations,
                new AppStore(),
                rig.keys,
                new AuditLog(),
                pages,
                false,
                new RegistrationParts.Options(rig.writes, outbound, false, rig.clock));
        List<Route> routes = new ArrayList<>(pages.own());
        routes.addAll(Routes.oauth(oauth));
        routes.addAll(Routes.consent(pages, oauth));
        EdgeServer edge = EdgeServer.start(
                EdgeSettings.defaults().host("127.0.0.1").port(0).build(), routes);
        made.addAll(List.of(edge, outbound, client));
        address.set("http://127.0.0.1:" + edge.port());
        browser = new PageClient(edge.port());
        browser.cookies.put("faregate_session", signedIn(pages));
    }

    private String signedIn(Pages pages) {
        String id = Ids.next().toString();
        return rig.database.write(tx -> {
            rig.members.createPerson(tx, id, id + "@example.com", null, null);
            rig.members.join(tx, rig.organizationId, id, Role.MEMBER);
            return pages.sessions()
                    .open(tx, id, rig.organizationId, rig.workspaceId, Session.Method.PASSWORD, false, Persons.head())
                    .reveal();
        });
    }

    private HttpsServer documents(SelfSigned authority) throws IOException, GeneralSecurityException {
        char[] none = new char[0];
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, none);
        keys.setKeyEntry("server", authority.key(), none, new Certificate[] {authority.certificate()});
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, none);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            asked.add(path);
            Served answer = served.getOrDefault(path, new Served(404, "text/plain", "", "none"));
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            if (!answer.cache().isEmpty()) {
                exchange.getResponseHeaders().set("Cache-Control", answer.cache());
            }
            if (answer.status() == 302) {
                exchange.getResponseHeaders().set("Location", answer.body());
            }
            exchange.sendResponseHeaders(answer.status(), body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    @AfterAll
    void stop() throws Exception {
        for (AutoCloseable each : made) {
            each.close();
        }
        documents.stop(0);
    }

    private String url(String host, String path) {
        return "https://" + host + ":" + documents.getAddress().getPort() + path;
    }

    /// A path that no other test asks for.
    private String path() {
        return "/client-" + paths++ + ".json";
    }

    private static String document(String id, String name, String callback) {
        return "{\"client_id\":\"" + id + "\",\"client_name\":\"" + name + "\",\"redirect_uris\":[\"" + callback
                + "\"]}";
    }

    /// Serves the document of a client there, and answers its id.
    private String serve(String path, String name, String callback) {
        String id = url("localhost", path);
        served.put(path, new Served(200, "application/json", "max-age=60", document(id, name, callback)));
        return id;
    }

    private static String authorize(String id, String callback) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("response_type", "code");
        parameters.put("client_id", id);
        parameters.put("redirect_uri", callback);
        parameters.put("code_challenge", OAuthRig.CHALLENGE);
        parameters.put("code_challenge_method", "S256");
        return "/oauth/authorize?" + OAuthRig.encoded(parameters);
    }

    private HttpResponse<String> ask(String id) {
        return browser.get(authorize(id, CALLBACK));
    }

    private void isRefused(String id, String why) {
        HttpResponse<String> page = ask(id);
        assertThat(page.statusCode()).as(page.body()).isEqualTo(400);
        assertThat(page.body()).contains(why);
    }

    private HttpResponse<String> redeem(String id, String code) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("grant_type", "authorization_code");
        parameters.put("client_id", id);
        parameters.put("code", code);
        parameters.put("redirect_uri", CALLBACK);
        parameters.put("code_verifier", OAuthRig.VERIFIER);
        return OAuthRig.send(HttpRequest.newBuilder(URI.create(address.get() + "/oauth/token"))
                .timeout(TestServer.PATIENCE)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(OAuthRig.encoded(parameters)))
                .build());
    }

    @Test
    void itsAddressLeadsThroughConsentToAKey() {
        String path = path();
        String id = serve(path, "Real app", CALLBACK);
        HttpResponse<String> page = ask(id);
        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        assertThat(page.body()).contains("Real app", "app.example");
        HttpResponse<String> allowed = OAuthRig.allow(browser, authorize(id, CALLBACK), rig.workspaceId);
        assertThat(PageClient.location(allowed)).startsWith(CALLBACK + "?code=");
        HttpResponse<String> token = redeem(id, OAuthRig.codeIn(PageClient.location(allowed)));
        assertThat(token.statusCode()).as(token.body()).isEqualTo(200);
        String key = OAuthRig.text(token, "access_token");
        assertThat(rig.reason(Secret.of(key))).isEqualTo("known");
        assertThat(asked).as("asked once, and remembered").containsOnlyOnce(path);
    }

    @Test
    void aChangedDocumentCountsOnceTheOldOneIsNoLongerGood() {
        String path = path();
        String id = serve(path, "Before", CALLBACK);
        assertThat(ask(id).body()).contains("Before");
        serve(path, "After", "https://other.example/cb");
        assertThat(ask(id).body()).contains("Before");
        rig.clock.moveTo(rig.clock.instant().plus(Duration.ofSeconds(61)));
        isRefused(id, "redirect_uri is not one");
        HttpResponse<String> moved = browser.get(authorize(id, "https://other.example/cb"));
        assertThat(moved.statusCode()).as(moved.body()).isEqualTo(200);
        assertThat(moved.body()).contains("After");
    }

    @Test
    void aRedirectIsNotFollowed() {
        String target = path();
        String there = serve(target, "Elsewhere", CALLBACK);
        String path = path();
        String id = url("localhost", path);
        served.put(path, new Served(302, "application/json", "", there));
        isRefused(id, "answers 302; it must be 200, not a redirect");
        assertThat(asked).contains(path).doesNotContain(target);
    }

    @Test
    void aDocumentThatIsTooLargeIsRefused() {
        String path = path();
        String id = url("localhost", path);
        String body = document(id, "Large", CALLBACK);
        served.put(path, new Served(200, "application/json", "", body + " ".repeat(10 * 1024 - body.length())));
        assertThat(ask(id).statusCode()).as("ten KiB").isEqualTo(200);
        String larger = path();
        String other = url("localhost", larger);
        String more = document(other, "Large", CALLBACK);
        served.put(larger, new Served(200, "application/json", "", more + " ".repeat(10 * 1024 - more.length() + 1)));
        isRefused(other, "could not be read");
    }

    @Test
    void whatIsNoJsonOrSpeaksOfAnotherAddressIsRefused() {
        String page = path();
        served.put(page, new Served(200, "text/html", "", document(url("localhost", page), "Page", CALLBACK)));
        isRefused(url("localhost", page), "is not JSON");
        String stolen = path();
        served.put(
                stolen,
                new Served(200, "application/json", "", document(url("localhost", "/other.json"), "Other", CALLBACK)));
        isRefused(url("localhost", stolen), "client_id in the document is not the address");
        isRefused(url("localhost", path()), "answers 404");
    }

    /// The certificate is good for it, but the guard lets nobody in: into our own network only what the operator names.
    @Test
    void anAddressInsideIsNotAskedUnlessItIsAllowed() {
        String path = path();
        serve(path, "Inside", CALLBACK);
        isRefused(url("127.0.0.1", path), "could not be read");
        assertThat(asked).doesNotContain(path);
    }
}
