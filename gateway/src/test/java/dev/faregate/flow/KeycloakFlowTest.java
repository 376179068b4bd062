package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Member;
import dev.faregate.identity.Role;
import dev.faregate.identity.Session;
import dev.faregate.storage.Database;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Sign-in at a real Keycloak, from the distribution that its makers publish as an artifact. Long run only: it is large
/// and takes a minute to start.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KeycloakFlowTest {
    private static final String VERSION = "26.7.3";
    private static final Path FOLDER = Path.of("target", "keycloak").toAbsolutePath();
    private static final Path HOME = FOLDER.resolve("keycloak-" + VERSION);
    private static final long FETCH_MINUTES = 8;
    private static final Duration START = Duration.ofMinutes(5);
    private static final Pattern FORM = Pattern.compile("<form[^>]+action=\"([^\"]+)\"");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private @Nullable Process keycloak;
    private @Nullable SecurityServer server;
    private String issuer = "";
    private String id = "";

    @BeforeAll
    void start() throws Exception {
        Assumptions.assumeTrue(Boolean.getBoolean("faregate.long"), "only in the long run");
        fetch();
        Assumptions.assumeTrue(Files.isDirectory(HOME), "SKIPPED: Keycloak could not be fetched");
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Files.createDirectories(HOME.resolve("data").resolve("import"));
        try (var realm = Objects.requireNonNull(KeycloakFlowTest.class.getResourceAsStream("/keycloak/staff.json"))) {
            Files.write(HOME.resolve("data").resolve("import").resolve("staff.json"), realm.readAllBytes());
        }
        ProcessBuilder builder = new ProcessBuilder(
                        HOME.resolve("bin").resolve("kc.sh").toString(),
                        "start-dev",
                        "--http-host=127.0.0.1",
                        "--http-port=" + port,
                        "--db=dev-mem",
                        "--import-realm")
                .redirectErrorStream(true)
                .redirectOutput(FOLDER.resolve("log").toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        keycloak = builder.start();
        issuer = "http://127.0.0.1:" + port + "/realms/staff";
        awaitKeycloak();
        SecurityServer started = SecurityServer.start(Database.Kind.SQLITE);
        server = started;
        PageClient owner = started.withPassword(started.person(Role.OWNER));
        owner.get("/settings/sso/new");
        HttpResponse<String> saved = owner.post(
                "/settings/sso",
                "name",
                "Keycloak",
                "issuer",
                issuer,
                "client_id",
                "faregate",
                "client_secret",
                "keycloak-client-secret",
                "roles",
                "platform = admin",
                "fallback",
                "viewer",
                "joins",
                "on",
                "enabled",
                "on");
        assertThat(saved.statusCode()).as(saved.body()).isEqualTo(303);
        id = PageClient.location(saved).replace("/settings/sso/", "");
    }

    @AfterAll
    void stop() throws Exception {
        if (server != null) {
            server.close();
        }
        if (keycloak != null) {
            keycloak.descendants().forEach(ProcessHandle::destroy);
            keycloak.destroy();
            keycloak.waitFor(20, TimeUnit.SECONDS);
        }
    }

    private static void fetch() throws IOException, InterruptedException {
        if (Files.isDirectory(HOME)) {
            return;
        }
        Files.createDirectories(FOLDER);
        Process process = new ProcessBuilder(
                        Path.of("..", "mvnw").toAbsolutePath().normalize().toString(),
                        "-q",
                        "-N",
                        "dependency:unpack",
                        "-Dartifact=org.keycloak:keycloak-quarkus-dist:" + VERSION + ":zip",
                        "-DoutputDirectory=" + FOLDER,
                        "-Dmdep.useBaseVersion=true")
                .directory(Path.of("..").toFile())
                .redirectErrorStream(true)
                .redirectOutput(FOLDER.resolve("fetch.log").toFile())
                .start();
        if (!process.waitFor(FETCH_MINUTES, TimeUnit.MINUTES)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        // A zip keeps who may run a file; the plugin that unpacks it may not.
        Path script = HOME.resolve("bin").resolve("kc.sh");
        if (Files.exists(script)) {
            assertThat(script.toFile().setExecutable(true)).isTrue();
        }
    }

    private void awaitKeycloak() throws InterruptedException {
        long deadline = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < deadline && Objects.requireNonNull(keycloak).isAlive()) {
            try {
                HttpRequest request = HttpRequest.newBuilder(URI.create(issuer + "/.well-known/openid-configuration"))
                        .timeout(Duration.ofSeconds(5))
                        .build();
                if (HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
                    return;
                }
            } catch (IOException notYet) {
                // It is still starting.
            }
            Thread.sleep(500);
        }
        throw new AssertionError("Keycloak did not start; see target/keycloak/log");
    }

    /// Types a name and a password into Keycloak's own page.
    private HttpResponse<String> signIn(PageClient client, String user) throws Exception {
        SecurityServer here = Objects.requireNonNull(server);
        String location = PageClient.location(client.get("/sign-in/sso/" + id + "?next=/account/security"));
        HttpResponse<String> shown =
                HTTP.send(HttpRequest.newBuilder(URI.create(location)).build(), HttpResponse.BodyHandlers.ofString());
        String page = shown.body();
        // By hand: Java's own cookie store keeps cookies that are marked as secure from a plain address, which browsers
        // do not where that address is the loopback.
        String cookies = shown.headers().allValues("set-cookie").stream()
                .map(cookie -> cookie.split(";", 2)[0])
                .collect(Collectors.joining("; "));
        Matcher form = FORM.matcher(page);
        assertThat(form.find()).as(page).isTrue();
        String typed = "username=" + user + "&password=" + URLEncoder.encode("correct horse", StandardCharsets.UTF_8);
        HttpResponse<String> answer = HTTP.send(
                HttpRequest.newBuilder(URI.create(form.group(1).replace("&amp;", "&")))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .header("Cookie", cookies)
                        .POST(HttpRequest.BodyPublishers.ofString(typed))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(302);
        return client.get(PageClient.location(answer).replace(here.url(), ""));
    }

    @Test
    void signsAVerifiedPersonInWithTheRoleOfTheirGroup() throws Exception {
        SecurityServer here = Objects.requireNonNull(server);
        PageClient client = new PageClient(here.port());
        HttpResponse<String> in = signIn(client, "verified");
        assertThat(PageClient.location(in)).as(in.body()).isEqualTo("/account/security");
        Session session = here.session(client);
        assertThat(session.method()).isEqualTo(Session.Method.SSO);
        assertThat(session.role()).isEqualTo(Role.ADMIN);
        List<Member> members = here.rig.database.read(tx -> here.rig.members.list(tx, here.rig.organizationId, 0, 100));
        assertThat(members).extracting(Member::email).contains("verified@example.com");
    }

    @Test
    void letsNobodyInWhoseAddressKeycloakHasNotVerified() throws Exception {
        PageClient client = new PageClient(Objects.requireNonNull(server).port());
        HttpResponse<String> refused = signIn(client, "unverified");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("verified");
    }
}
