package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Micros;
import dev.faregate.identity.Role;
import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.ScriptedUpstream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// From a request that costs far more than the days before to the mails about it and the page of its key. The days
/// before are written into the counters; what is spent today is a request's own charge.
class SpendAlertFlowTest {
    private static final String SETTINGS = "spend_alerts: {floor: 0.00001, interval: 50ms}\n";
    private static final Pattern ONCE = Pattern.compile("name=\"once\" value=\"([^\"]+)\"");
    private static final Pattern SECRET = Pattern.compile("<code id=\"secret\"[^>]*>(sk-fg-[A-Za-z0-9-]+)</code>");
    private static final Pattern ADDRESS = Pattern.compile("href=\"(/settings/keys/[0-9a-f]{64})[^\"]*\"");
    private static final String WORDS =
            "spent \\$0\\.\\d+ today%s; on the 14 days before it spent \\$0\\.000001 a day, \\$0\\.000001 at most\\.";

    /// A key as its maker sees it.
    private record Made(String secret, String address) {
        String hash() {
            return address.substring("/settings/keys/".length());
        }
    }

    private static Made made(TestServer server, PageClient maker, String name) {
        String page = maker.get("/settings/keys/new").body();
        String answer = maker.post("/settings/keys", "name", name, "once", found(ONCE, page))
                .body();
        Made made = new Made(found(SECRET, answer), found(ADDRESS, answer));
        server.faregate.database().write(tx -> {
            // A day more than are looked at, so that midnight may pass meanwhile.
            int today = (int) (tx.now().getEpochSecond() / Duration.ofDays(1).toSeconds());
            String id = String.valueOf(tx.sql().fetchValue("SELECT id FROM api_key WHERE hash = ?", made.hash()));
            Instant created = tx.now().minus(Duration.ofDays(40));
            tx.sql().execute("UPDATE api_key SET created_at = ? WHERE id = ?", Micros.of(created), id);
            for (int day = today - 14; day <= today; day++) {
                tx.sql()
                        .execute(
                                "INSERT INTO usage_counter (api_key_id, day, requests, usage_nanos, byok_usage_nanos,"
                                        + " last_used_at) VALUES (?, ?, 1, 1000, 0, 0)",
                                id,
                                day);
            }
            return true;
        });
        return made;
    }

    private static String found(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).as(pattern + " in " + text).isTrue();
        return matcher.group(1);
    }

    private static void spend(TestServer server, Made key) {
        assertThat(server.post("/v1/chat/completions", TestServer.chat("test/priced", ""), key.secret())
                        .statusCode())
                .isEqualTo(200);
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TestServer.PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("patience").isLessThan(end);
            Thread.sleep(20);
        }
    }

    private static void confirmed(TestServer server, List<String> addresses) {
        server.faregate
                .database()
                .write(tx -> addresses.stream()
                        .mapToInt(address ->
                                tx.sql().execute("UPDATE person SET email_verified_at = 1 WHERE email = ?", address))
                        .sum());
    }

    @Test
    void tellsWhomItConcernsOnceAndShowsItWithTheKey() throws InterruptedException {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                Mailbox mailbox = Mailbox.start();
                TestServer server = TestServer.startWith(SETTINGS + mailbox.yaml(), upstream)) {
            PageClient maker = Persons.client(server, Persons.signedIn(server, Role.MEMBER, "maker@example.com"));
            PageClient owner = Persons.client(server, Persons.signedIn(server, Role.OWNER, "owner@example.com"));
            Persons.signedIn(server, Role.ADMIN, "admin@example.com");
            Persons.signedIn(server, Role.ADMIN, "unconfirmed@example.com");
            Persons.signedIn(server, Role.VIEWER, "viewer@example.com");
            Persons.signedIn(server, Role.MEMBER, "other@example.com");
            List<String> concerned = List.of("maker@example.com", "owner@example.com", "admin@example.com");
            confirmed(server, concerned);
            confirmed(server, List.of("viewer@example.com", "other@example.com"));

            Made first = made(server, maker, "Crawler %s https://evil.example");
            assertThat(maker.get(first.address()).body()).doesNotContain("Unusual spend");
            spend(server, first);
            for (String address : concerned) {
                assertThat(mailbox.path(address, 1)).isEqualTo(first.address());
                assertThat(mailbox.textsTo(address).getFirst().replaceAll("\\s+", " "))
                        .containsPattern("The key \"Crawler s https evil example\" \\(sk-fg-v1-[^)]+\\) of Default "
                                + WORDS.formatted(" \\(\\d+ \\w+ 20\\d\\d, UTC\\)"))
                        .contains("disable it, rotate its secret or lower its limit")
                        .doesNotContain(first.secret());
            }
            assertThat(maker.get(first.address()).body())
                    .containsPattern("Unusual spend: this key " + WORDS.formatted(""));
            assertThat(maker.get("/settings/keys").body()).contains("unusual spend, <time");

            // Another key, made by the owner: when its mail has come, the first one was looked at again and again.
            Made second = made(server, owner, "Nightly");
            spend(server, first);
            spend(server, second);
            assertThat(mailbox.path("owner@example.com", 2)).isEqualTo(second.address());
            assertThat(mailbox.path("admin@example.com", 2)).isEqualTo(second.address());
            assertThat(mailbox.textsTo("owner@example.com")).hasSize(2);
            assertThat(mailbox.textsTo("maker@example.com")).hasSize(1);
            assertThat(mailbox.count()).as("nobody else").isEqualTo(5);

            JsonNode events = TestServer.json(server.manage("GET", "/api/v1/audit-events?action=key.unusual_spend", ""))
                    .path("data");
            assertThat(events).hasSize(2);
            assertThat(events.get(1).path("detail").path("mailed").asBoolean()).isTrue();
            assertThat(metrics(server)).contains("faregate_spend_alerts_total 2.0");
        }
    }

    @Test
    void isSwitchedOffAndOnForTheOrganization() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server = TestServer.startWith("spend_alerts.interval: 0s\n", upstream)) {
            PageClient admin = Persons.client(server, Persons.signedIn(server, Role.ADMIN, "admin@example.com"));
            PageClient viewer = Persons.client(server, Persons.signedIn(server, Role.VIEWER, "viewer@example.com"));
            Pattern checked = Pattern.compile("name=\"alerts\" value=\"on\" checked");
            assertThat(admin.get("/settings/members").body()).containsPattern(checked);
            assertThat(viewer.get("/settings/members").body()).doesNotContain("name=\"alerts\"");
            assertThat(viewer.post("/settings/organization/alerts", "alerts", "on")
                            .statusCode())
                    .isEqualTo(403);
            assertThat(PageClient.location(admin.post("/settings/organization/alerts")))
                    .isEqualTo("/settings/members");
            assertThat(admin.get("/settings/members").body())
                    .contains("Nobody is told of unusual spend any more.", "name=\"alerts\"")
                    .doesNotContainPattern(checked);
            assertThat(enabled(server)).isFalse();

            String path = "/api/v1/organization/settings";
            assertThat(server.manage("PATCH", path, "{\"is_spend_alert_enabled\":true}")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(enabled(server)).isTrue();
            assertThat(server.manage("PATCH", path, "{\"is_filtered_model_catalog_enabled\":true}")
                            .body())
                    .contains("\"is_filtered_model_catalog_enabled\":true", "\"is_spend_alert_enabled\":true");
            for (String wrong :
                    List.of("{}", "{\"is_spend_alert_enabled\":\"yes\"}", "{\"is_spend_alert_enabled\":null}")) {
                assertThat(server.manage("PATCH", path, wrong).statusCode())
                        .as(wrong)
                        .isEqualTo(400);
            }
            assertThat(admin.get("/settings/members").body()).containsPattern(checked);
            assertThat(TestServer.number(
                            server.faregate,
                            "SELECT count(*) FROM audit_event WHERE action = 'organization.update'"
                                    + " AND detail LIKE '%is_spend_alert_enabled%'"))
                    .isEqualTo(2);
        }
    }

    private static boolean enabled(TestServer server) {
        return TestServer.json(server.manage("GET", "/api/v1/organization/settings", ""))
                .path("data")
                .path("is_spend_alert_enabled")
                .asBoolean();
    }

    @Test
    void showsItOnTheKeyWhereNoMailIsSent() throws InterruptedException {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server = TestServer.startOn(TestPostgres.freshUrl(), SETTINGS, upstream)) {
            PageClient owner = Persons.client(server, Persons.signedIn(server, Role.OWNER, "owner@example.com"));
            confirmed(server, List.of("owner@example.com"));
            Made key = made(server, owner, "Crawler");
            spend(server, key);
            await(() -> owner.get(key.address()).body().contains("Unusual spend: this key spent $0."));
            assertThat(TestServer.number(server.faregate, "SELECT count(*) FROM mail_outbox"))
                    .isZero();
            JsonNode events = TestServer.json(server.manage("GET", "/api/v1/audit-events?action=key.unusual_spend", ""))
                    .path("data");
            assertThat(events).hasSize(1);
            assertThat(events.get(0).path("detail").path("mailed").asBoolean(true))
                    .isFalse();
        }
    }

    private static String metrics(TestServer server) {
        return TestServer.send(HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + server.faregate.adminPort() + "/metrics"))
                        .build())
                .body();
    }
}
