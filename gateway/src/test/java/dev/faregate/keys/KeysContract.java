package dev.faregate.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Secret;
import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.http.Access;
import dev.faregate.http.Response;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// The management calls on keys, on both databases, with the fields that SDK 1.3.19 insists on.
@ParameterizedClass
@EnumSource
class KeysContract {
    private static final String[] NUMBERS = {
        "usage",
        "usage_daily",
        "usage_weekly",
        "usage_monthly",
        "byok_usage",
        "byok_usage_daily",
        "byok_usage_weekly",
        "byok_usage_monthly"
    };

    private final Rig rig;

    KeysContract(Database.Kind kind) {
        rig = new Rig(kind);
    }

    @Test
    void createsAKeyThatOpensTheDoorAndIsShownOnce() {
        Response response = rig.respond(
                rig.keysHandler::create,
                rig.management,
                Rig.head("POST", "/keys", Map.of(), Map.of()),
                "{\"name\":\"My Project Key\",\"limit\":12.5,\"limit_reset\":\"monthly\","
                        + "\"expires_at\":\"2999-12-31T23:59:59Z\",\"include_byok_in_limit\":true,"
                        + "\"external\":{\"user\":\"u-7\"}}");
        assertThat(response.status()).isEqualTo(201);
        JsonNode answer = dev.faregate.base.Json.read(response.body());
        JsonNode data = answer.path("data");
        Secret text = Secret.of(answer.path("key").asString());
        assertItem(data);
        assertThat(data.path("hash").asString()).isEqualTo(KeyHash.of(text).hex());
        assertThat(data.path("label").asString()).isEqualTo(KeyText.label(text.reveal()));
        assertThat(data.path("name").asString()).isEqualTo("My Project Key");
        assertThat(data.path("limit").decimalValue()).isEqualByComparingTo("12.5");
        assertThat(data.path("limit_remaining").decimalValue()).isEqualByComparingTo("12.5");
        assertThat(data.path("limit_reset").asString()).isEqualTo("monthly");
        assertThat(data.path("expires_at").asString()).isEqualTo("2999-12-31T23:59:59Z");
        assertThat(data.path("external_user").asString()).isEqualTo("u-7");
        assertThat(data.path("include_byok_in_limit").booleanValue()).isTrue();
        assertThat(data.path("disabled").booleanValue()).isFalse();
        assertThat(data.path("workspace_id").asString()).isEqualTo(rig.workspaceId);

        Caller caller = rig.caller(text);
        assertThat(caller.kind()).isEqualTo(KeyKind.INFERENCE);
        assertThat(caller.limits()).hasSize(3).doesNotHaveDuplicates();
        assertThat(caller.refusal(Access.INFERENCE)).isNull();
        for (JsonNode later :
                List.of(rig.get(rig.management, data.path("hash").asString()), rig.list(rig.management, Map.of()))) {
            assertThat(later.toString()).contains("My Project Key").doesNotContain(text.reveal());
            assertThat(later.has("key")).isFalse();
        }
    }

    @Test
    void takesLabelForName() {
        JsonNode answer = rig.create(rig.management, "{\"label\":\"New Key\",\"limit\":50.00}");
        assertThat(answer.path("data").path("name").asString()).isEqualTo("New Key");
        assertThat(answer.path("data").path("limit").toString()).isEqualTo("50");
        assertThat(answer.path("data").path("label").asString()).startsWith("sk-fg-v1-");
    }

    @Test
    void answersEveryItemOfTheListWithTheSameFields() {
        rig.create(rig.management, "{\"name\":\"a\"}");
        JsonNode list = rig.list(rig.management, Map.of());
        assertThat(list.path("data")).hasSize(2);
        list.path("data").forEach(KeysContract::assertItem);
        assertItem(rig.get(rig.management, hash(rig.inference)).path("data"));
        assertItem(rig.patch(rig.management, hash(rig.inference), "{\"name\":\"b\"}")
                .path("data"));
    }

    @Test
    void neverStoresAKeyText() {
        Secret text = Secret.of(rig.create(
                        rig.management,
                        "{\"name\":\"n\",\"external\":{\"user\":\"u\",\"api_key\":\"planted-secret-of-another-"
                                + UUID.randomUUID() + "\"}}")
                .path("key")
                .asString());
        String dump = String.join("\n", rig.dump());
        assertThat(dump).contains(KeyHash.of(text).hex());
        for (Secret secret : List.of(text, rig.inference, rig.management)) {
            String plain = secret.reveal();
            assertThat(dump).doesNotContain(plain).doesNotContain(plain.substring(plain.length() - 40));
        }
        assertThat(dump).doesNotContain("secret-of-another");
    }

    @Test
    void opensAKeyByTheTextOfAnotherSystem() {
        String foreign = "planted-secret-of-another-" + UUID.randomUUID();
        String body = "{\"name\":\"n\",\"external\":{\"user\":\"u\",\"api_key\":\"" + foreign + "\"}}";
        assertThat(rig.reason(Secret.of(foreign))).isEqualTo("unknown");
        JsonNode data = rig.create(rig.management, body).path("data");
        assertThat(rig.caller(Secret.of(foreign)).key().hash())
                .isEqualTo(data.path("hash").asString());
        assertThat(rig.get(rig.management, KeyHash.of(foreign).hex())
                        .path("data")
                        .path("hash"))
                .isEqualTo(data.path("hash"));
        assertThat(Rig.errorOf(() -> rig.create(rig.management, body))).isInstanceOf(ApiError.Conflict.class);
    }

    @Test
    void bindsNothingThatTheContractDoesNotName() {
        String victim = rig.caller(rig.inference).keyId();
        JsonNode data = rig.create(rig.management, """
                        {"name":"n","id":"%s","hash":"%s","kind":"management","is_management_key":true,
                         "organization_id":"x","disabled":true,"created_at":"2000-01-01T00:00:00Z","usage":-5,
                         "label":"sk-mine","external_user":"me","deleted_at":1,"limit_remaining":9,"key":"sk-chosen"}
                        """.formatted(victim, "0".repeat(64)))
                .path("data");
        assertThat(data.path("disabled").booleanValue()).isFalse();
        assertThat(data.path("hash").asString()).isNotEqualTo("0".repeat(64));
        assertThat(data.path("label").asString()).startsWith("sk-fg-v1-");
        assertThat(data.path("external_user").isNull()).isTrue();
        assertThat(data.path("usage").decimalValue()).isZero();
        assertThat(data.path("created_at").asString()).isGreaterThan("2026");

        JsonNode after =
                rig.patch(rig.management, data.path("hash").asString(), """
                        {"expires_at":"2999-01-01T00:00:00Z","workspace_id":"w","hash":"x","kind":"management",
                         "creator_user_id":"u","usage":0,"external_user":"me","deleted_at":null}
                        """).path("data");
        assertThat(after).isEqualTo(data);
    }

    @Test
    void refusesWhatCannotBeAKey() {
        for (String body : List.of(
                "{}",
                "{\"name\":\"\"}",
                "{\"name\":\"n\",\"limit\":-1}",
                "{\"name\":\"n\",\"limit\":\"5\"}",
                "{\"name\":\"n\",\"limit\":0.0000000001}",
                "{\"name\":\"n\",\"limit_reset\":\"hourly\"}",
                "{\"name\":\"n\",\"expires_at\":\"2020-01-01T00:00:00Z\"}",
                "{\"name\":\"n\",\"creator_user_id\":\"user_1\"}",
                "{\"name\":\"n\",\"workspace_id\":\"nowhere\"}",
                "{\"name\":\"n\",\"workspace_id\":\"\\u0001\"}",
                "[]",
                "")) {
            assertThat(Rig.errorOf(() -> rig.create(rig.management, body)))
                    .as(body)
                    .isInstanceOf(ApiError.BadRequest.class);
        }
        assertThat(rig.list(rig.management, Map.of()).path("data")).hasSize(1);
    }

    @Test
    void keepsALimitOfNothing() {
        JsonNode data =
                rig.create(rig.management, "{\"name\":\"n\",\"limit\":0}").path("data");
        assertThat(data.path("limit").decimalValue()).isZero();
        assertThat(data.path("limit_remaining").decimalValue()).isZero();
    }

    @Test
    void movesTheLimitRowsWithEachChange() {
        JsonNode created = rig.create(rig.management, "{\"name\":\"n\",\"limit\":5}");
        Secret text = Secret.of(created.path("key").asString());
        String hash = hash(text);
        String id = rig.caller(text).keyId();
        long seq = rig.caller(text).policySeq();
        assertThat(caps(id)).isEqualTo(Map.of(Window.TOTAL, "5"));

        for (Map.Entry<String, Map<Window, String>> step : List.of(
                Map.entry("{\"limit_reset\":\"daily\"}", Map.of(Window.TOTAL, "none", Window.DAILY, "5")),
                Map.entry("{\"limit\":7}", Map.of(Window.TOTAL, "none", Window.DAILY, "7")),
                Map.entry("{\"limit_reset\":\"weekly\"}", Map.of(Window.TOTAL, "none", Window.WEEKLY, "7")),
                Map.entry("{\"limit\":null}", Map.of(Window.TOTAL, "none")),
                Map.entry("{\"limit\":2}", Map.of(Window.TOTAL, "none", Window.WEEKLY, "2")),
                Map.entry("{\"limit_reset\":null}", Map.of(Window.TOTAL, "2")))) {
            rig.patch(rig.management, hash, step.getKey());
            assertThat(caps(id)).as(step.getKey()).isEqualTo(step.getValue());
            Caller caller = rig.caller(text);
            assertThat(caller.policySeq()).as(step.getKey()).isGreaterThan(seq);
            assertThat(caller.windowLimit() != null).isEqualTo(step.getValue().size() == 2);
            seq = caller.policySeq();
        }
    }

    @Test
    void shutsAndOpensTheGateWithTheKey() {
        JsonNode created = rig.create(rig.management, "{\"name\":\"n\"}");
        Secret text = Secret.of(created.path("key").asString());
        String id = rig.caller(text).keyId();
        assertThat(total(id).closed()).isFalse();

        JsonNode disabled =
                rig.patch(rig.management, hash(text), "{\"disabled\":true}").path("data");
        assertThat(disabled.path("disabled").booleanValue()).isTrue();
        assertThat(disabled.path("updated_at").isString()).isTrue();
        assertThat(total(id).closed()).isTrue();
        assertThat(rig.reason(text)).isEqualTo("disabled");

        rig.patch(rig.management, hash(text), "{\"disabled\":false}");
        assertThat(total(id).closed()).isFalse();
        assertThat(rig.reason(text)).isEqualTo("known");

        assertThat(rig.delete(rig.management, hash(text)).toString()).isEqualTo("{\"deleted\":true}");
        assertThat(total(id).closed()).isTrue();
        assertThat(rig.reason(text)).isEqualTo("deleted");
        assertNotFound(() -> rig.delete(rig.management, hash(text)));
        assertNotFound(() -> rig.get(rig.management, hash(text)));
        assertNotFound(() -> rig.patch(rig.management, hash(text), "{\"disabled\":false}"));
    }

    @Test
    void tellsTheLedgerWhenAKeyEnds() {
        JsonNode created = rig.create(rig.management, "{\"name\":\"n\",\"expires_at\":\"2999-01-01T00:00:00Z\"}");
        Secret text = Secret.of(created.path("key").asString());
        assertThat(total(rig.caller(text).keyId()).expiresAt()).isEqualTo("2999-01-01T00:00:00Z");
    }

    @Test
    void findsAKeyByItsIdToo() {
        String id = rig.caller(rig.inference).keyId();
        assertThat(rig.get(rig.management, id).path("data").path("hash").asString())
                .isEqualTo(hash(rig.inference));
        assertThat(rig.get(rig.management, hash(rig.inference).toUpperCase(java.util.Locale.ROOT))
                        .path("data")
                        .path("hash")
                        .asString())
                .isEqualTo(hash(rig.inference));
        for (String nonsense : List.of("", "x", "0".repeat(64), "..", "' OR 1=1 --", "\0", "a".repeat(5_000))) {
            assertNotFound(() -> rig.get(rig.management, nonsense));
        }
    }

    @Test
    void hidesManagementKeys() {
        String id = rig.caller(rig.management).keyId();
        for (String reference : List.of(id, hash(rig.management))) {
            assertNotFound(() -> rig.get(rig.management, reference));
            assertNotFound(() -> rig.patch(rig.management, reference, "{\"name\":\"x\"}"));
            assertNotFound(() -> rig.delete(rig.management, reference));
        }
        assertThat(rig.list(rig.management, Map.of("include_disabled", "true")).toString())
                .doesNotContain(hash(rig.management));
    }

    @Test
    void keepsOrganizationsApart() {
        Rig.Tenant other = rig.tenant();
        List<String> mine =
                List.of(hash(rig.inference), rig.caller(rig.inference).keyId());
        for (String reference : mine) {
            assertNotFound(() -> rig.get(other.management(), reference));
            assertNotFound(() -> rig.patch(other.management(), reference, "{\"name\":\"stolen\"}"));
            assertNotFound(() -> rig.delete(other.management(), reference));
        }
        String room = rig.workspaceId;
        assertThat(Rig.errorOf(() -> rig.list(other.management(), Map.of("workspace_id", room))))
                .isEqualTo(Rig.errorOf(() -> rig.list(other.management(), Map.of("workspace_id", "nowhere"))));
        assertThat(Rig.errorOf(
                        () -> rig.create(other.management(), "{\"name\":\"n\",\"workspace_id\":\"" + room + "\"}")))
                .isInstanceOf(ApiError.BadRequest.class);
        assertThat(rig.list(other.management(), Map.of()).path("data")).hasSize(1);
        assertThat(rig.get(rig.management, hash(rig.inference))
                        .path("data")
                        .path("name")
                        .asString())
                .isEqualTo("i");
        assertThat(rig.reason(rig.inference)).isEqualTo("known");
    }

    @Test
    void repeatsACreationWithoutTheSecret() {
        JsonNode first = rig.create(rig.management, "{\"name\":\"once\"}", "Idempotency-Key", "k-1");
        JsonNode again = rig.create(rig.management, "{\"name\":\"once\"}", "Idempotency-Key", "k-1");
        assertThat(first.has("key")).isTrue();
        assertThat(again.has("key")).isFalse();
        assertThat(again.path("data")).isEqualTo(first.path("data"));
        assertThat(rig.list(rig.management, Map.of()).path("data")).hasSize(2);

        assertThat(Rig.errorOf(() -> rig.create(rig.management, "{\"name\":\"twice\"}", "Idempotency-Key", "k-1")))
                .isInstanceOf(ApiError.Conflict.class);
        assertThat(Rig.errorOf(() -> rig.patch(
                        rig.management, hash(rig.inference), "{\"name\":\"once\"}", "Idempotency-Key", "k-1")))
                .isInstanceOf(ApiError.Conflict.class);
        Rig.Tenant other = rig.tenant();
        assertThat(rig.create(other.management(), "{\"name\":\"theirs\"}", "Idempotency-Key", "k-1")
                        .has("key"))
                .isTrue();
        assertThat(Rig.errorOf(
                        () -> rig.create(rig.management, "{\"name\":\"n\"}", "Idempotency-Key", "k".repeat(256))))
                .isInstanceOf(ApiError.BadRequest.class);
    }

    @Test
    void createsOneKeyHoweverManySendItAtOnce() throws InterruptedException {
        rig.caller(rig.management);
        Set<String> hashes = ConcurrentHashMap.newKeySet();
        AtomicInteger secrets = new AtomicInteger();
        List<Thread> threads = IntStream.range(0, 16)
                .mapToObj(_ -> Thread.ofVirtual().start(() -> {
                    JsonNode answer = rig.create(rig.management, "{\"name\":\"once\"}", "Idempotency-Key", "k-3");
                    hashes.add(answer.path("data").path("hash").asString());
                    secrets.addAndGet(answer.has("key") ? 1 : 0);
                }))
                .toList();
        for (Thread thread : threads) {
            assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
        }
        assertThat(hashes).hasSize(1);
        assertThat(secrets).hasValue(1);
        assertThat(rig.list(rig.management, Map.of()).path("data")).hasSize(2);
    }

    @Test
    void losesNoneOfTwoChangesAtOnce() throws InterruptedException {
        rig.caller(rig.management);
        String id = rig.caller(rig.inference).keyId();
        for (int i = 0; i < 10; i++) {
            int round = i;
            Thread one = Thread.ofVirtual().start(() -> rig.patch(rig.management, id, "{\"name\":\"n" + round + "\"}"));
            Thread two = Thread.ofVirtual().start(() -> rig.patch(rig.management, id, "{\"limit\":" + round + "}"));
            assertThat(one.join(Duration.ofSeconds(20)) && two.join(Duration.ofSeconds(20)))
                    .isTrue();
            JsonNode data = rig.get(rig.management, id).path("data");
            assertThat(data.path("name").asString()).isEqualTo("n" + round);
            assertThat(data.path("limit").intValue()).isEqualTo(round);
        }
    }

    @Test
    void leavesNoClaimBehindWhenTheWriteFails() {
        assertThat(Rig.errorOf(() -> rig.create(rig.management, "{\"name\":\"\"}", "Idempotency-Key", "k-2")))
                .isInstanceOf(ApiError.BadRequest.class);
        assertThat(rig.create(rig.management, "{\"name\":\"good\"}", "Idempotency-Key", "k-2")
                        .has("key"))
                .isTrue();
    }

    @Test
    void listsDisabledKeysOnlyWhenAsked() {
        rig.patch(rig.management, hash(rig.inference), "{\"disabled\":true}");
        assertThat(rig.list(rig.management, Map.of()).path("data")).isEmpty();
        assertThat(rig.list(rig.management, Map.of("include_disabled", "false")).path("data"))
                .isEmpty();
        assertThat(rig.list(rig.management, Map.of("include_disabled", "true")).path("data"))
                .hasSize(1);
        for (Map<String, String> bad : List.of(
                Map.of("include_disabled", "yes"),
                Map.of("offset", "-1"),
                Map.of("offset", "1.5"),
                Map.of("offset", "99999999999"))) {
            assertThat(Rig.errorOf(() -> rig.list(rig.management, bad))).isInstanceOf(ApiError.BadRequest.class);
        }
    }

    /// Between any two pages keys are deleted, disabled, enabled and made. Whichever way a client pages,
    /// it must see each key that nobody touched exactly once, and no page but the last may be short.
    @Test
    void missesAndRepeatsNoneWhileKeysComeAndGo() {
        List<String> hashes = new ArrayList<>(insertKeys(10_000));
        Random random = new Random(7);
        java.util.Collections.shuffle(hashes, random);
        Set<String> still = new HashSet<>(hashes.subList(2_500, 10_000));
        still.add(hash(rig.inference));
        List<String> victims = hashes.subList(0, 2_500);
        set(victims.subList(1_500, 2_500), "disabled = TRUE");
        List<String> byOffset = new ArrayList<>();
        List<String> byLink = new ArrayList<>();
        Map<String, String> nextLink = Map.of();
        int offset = 0;
        int turn = 0;
        boolean offsetEnded = false;
        while (!offsetEnded || !nextLink.isEmpty() || turn == 0) {
            if (!offsetEnded) {
                JsonNode page = rig.list(rig.management, Map.of("offset", String.valueOf(offset)))
                        .path("data");
                page.forEach(item -> byOffset.add(item.path("hash").asString()));
                offsetEnded = page.size() < KeyListHandler.PAGE_SIZE;
                offset += KeyListHandler.PAGE_SIZE;
            }
            if (turn == 0 || !nextLink.isEmpty()) {
                JsonNode answer = rig.list(rig.management, nextLink);
                answer.path("data").forEach(item -> byLink.add(item.path("hash").asString()));
                nextLink = parameters(answer.path("links").path("next").asString(""));
            }
            int from = turn * 20 % 1_500;
            set(victims.subList(from, from + 10), "deleted_at = 1");
            set(victims.subList(from + 10, from + 20), "disabled = TRUE");
            set(victims.subList(1_500 + from % 1_000, 1_510 + from % 1_000), "disabled = FALSE");
            rig.create(rig.management, "{\"name\":\"late\"}");
            turn++;
        }
        for (List<String> seen : List.of(byOffset, byLink)) {
            assertThat(seen).doesNotHaveDuplicates();
            assertThat(new HashSet<>(seen)).containsAll(still);
        }
        assertThat(turn).isGreaterThan(80);
    }

    @Test
    void pagesOfOtherListingsDoNotMixIn() {
        insertKeys(150);
        List<String> shown = new ArrayList<>();
        rig.list(rig.management, Map.of())
                .path("data")
                .forEach(key -> shown.add(key.path("hash").asString()));
        set(shown.subList(0, 50), "disabled = TRUE");
        JsonNode all = rig.list(rig.management, Map.of("include_disabled", "true", "offset", "100"))
                .path("data");
        assertThat(all).as("151 keys, counted").hasSize(51);
        JsonNode rest = rig.list(rig.management, Map.of("offset", "100")).path("data");
        assertThat(rest).as("what the first page did not show").hasSize(51);
    }

    @Test
    void refusesPlacesThatAreNone() {
        String foreign = hash(rig.tenant().inference());
        for (Map<String, String> query : List.of(
                Map.of("after", "abc"),
                Map.of("after", "0".repeat(64)),
                Map.of("after", foreign),
                Map.of("after", hash(rig.management)),
                Map.of("after", hash(rig.inference), "offset", "1"),
                Map.of("environment", "x".repeat(51)),
                Map.of("offset", "-1"))) {
            assertThat(Rig.errorOf(() -> rig.list(rig.management, query)))
                    .as(query.toString())
                    .isInstanceOf(ApiError.BadRequest.class);
        }
        assertThat(rig.list(rig.management, Map.of("after", hash(rig.inference)))
                        .path("data"))
                .isEmpty();
    }

    private static Map<String, String> parameters(String link) {
        return link.isEmpty() ? Map.of() : Map.of("after", link.substring(link.indexOf("after=") + "after=".length()));
    }

    private void set(List<String> hashes, String what) {
        String all = hashes.stream().collect(java.util.stream.Collectors.joining("','", "('", "')"));
        rig.database.write(tx -> tx.sql().execute("UPDATE api_key SET " + what + " WHERE hash IN " + all));
    }

    /// Keys without secrets and limits; returns their hashes.
    private Set<String> insertKeys(int count) {
        Set<String> expected = new HashSet<>();
        long block = Math.abs(UUID.randomUUID().getMostSignificantBits());
        rig.database.write(tx -> {
            for (int from = 0; from < count; from += 1_000) {
                // Many keys of one instant: the order must not rest on the time alone.
                String rows = String.join(
                        ",",
                        IntStream.range(from, Math.min(count, from + 1_000))
                                .mapToObj(i -> {
                                    String hash = "%048x%016x".formatted(block, i);
                                    expected.add(hash);
                                    return "('%020d%016d','%s','%s','%s','inference','k','l',%s,%s,%d)"
                                            .formatted(
                                                    block,
                                                    (i * 7_919) % 10_007,
                                                    rig.organizationId,
                                                    rig.workspaceId,
                                                    hash,
                                                    "FALSE",
                                                    "FALSE",
                                                    i / 500);
                                })
                                .toList());
                tx.sql()
                        .execute("INSERT INTO api_key (id, organization_id, workspace_id, hash, kind, name, label, "
                                + "include_byok_in_limit, disabled, created_at) VALUES " + rows);
            }
            return 0;
        });
        return expected;
    }

    @Test
    void keepsAndShowsItsOwnSettingsAsTheyWereWritten() {
        String settings = "\"environment\":\"production\",\"allowed_ips\":[\"2001:DB8::/32\",\"203.0.113.7\"],"
                + "\"rate_limits\":{\"rpm\":60,\"tpm\":null,\"parallel\":4}";
        JsonNode made =
                rig.create(rig.management, "{\"name\":\"n\"," + settings + "}").path("data");
        String hash = made.path("hash").asString();
        for (JsonNode seen : List.of(
                made,
                rig.get(rig.management, hash).path("data"),
                rig.list(rig.management, Map.of("environment", "production"))
                        .path("data")
                        .path(0),
                rig.patch(rig.management, hash, "{\"name\":\"m\"}").path("data"))) {
            assertThat(seen.path("environment").asString()).isEqualTo("production");
            assertThat(seen.path("allowed_ips").toString()).isEqualTo("[\"2001:DB8::/32\",\"203.0.113.7\"]");
            assertThat(seen.path("rate_limits").toString()).isEqualTo("{\"rpm\":60,\"tpm\":null,\"parallel\":4}");
        }
        assertThat(rig.list(rig.management, Map.of("environment", "staging")).path("data"))
                .isEmpty();
        JsonNode cleared = rig.patch(
                        rig.management, hash, "{\"environment\":null,\"allowed_ips\":null,\"rate_limits\":null}")
                .path("data");
        assertThat(Rig.typesOf(cleared, "environment", "allowed_ips", "rate_limits"))
                .isEqualTo("000");
        for (String bad : List.of(
                "\"allowed_ips\":[]",
                "\"allowed_ips\":[\"10.0.0.1/8\"]",
                "\"allowed_ips\":[\"localhost\"]",
                "\"allowed_ips\":\"10.0.0.0/8\"",
                "\"environment\":\"\"",
                "\"rate_limits\":{}",
                "\"rate_limits\":{\"rpm\":0}",
                "\"rate_limits\":{\"rpm\":1.5}")) {
            assertThat(Rig.errorOf(() -> rig.patch(rig.management, hash, "{" + bad + "}")))
                    .as(bad)
                    .isInstanceOf(ApiError.BadRequest.class);
        }
    }

    @Test
    void namesTheMemberWhoseKeyItIs() {
        String member = UUID.randomUUID().toString();
        String stranger = UUID.randomUUID().toString();
        String other = rig.tenant().organizationId();
        rig.database.write(tx -> {
            rig.members.createPerson(tx, member, member + "@example.com", null, null);
            rig.members.createPerson(tx, stranger, stranger + "@example.com", null, null);
            rig.members.join(tx, rig.organizationId, member, dev.faregate.identity.Role.MEMBER);
            rig.members.join(tx, other, stranger, dev.faregate.identity.Role.OWNER);
            return true;
        });
        String body = "{\"name\":\"n\",\"creator_user_id\":\"%s\"}";
        assertThat(rig.create(rig.management, body.formatted(member))
                        .path("data")
                        .path("creator_user_id")
                        .asString())
                .isEqualTo(member);
        assertThat(Rig.errorOf(() -> rig.create(rig.management, body.formatted(stranger))))
                .isInstanceOf(ApiError.BadRequest.class);
    }

    @Test
    void tellsAKeyAboutItself() {
        JsonNode created = rig.create(
                rig.management,
                "{\"name\":\"n\",\"limit\":3,\"limit_reset\":\"weekly\",\"external\":{\"user\":\"u\"}}");
        Secret text = Secret.of(created.path("key").asString());
        JsonNode self = rig.self(text);
        assertThat(Rig.typesOf(self, NUMBERS)).isEqualTo("nnnnnnnn");
        assertThat(Rig.typesOf(
                        self,
                        "label",
                        "include_byok_in_limit",
                        "is_free_tier",
                        "is_management_key",
                        "is_provisioning_key",
                        "rate_limit",
                        "allowed_data_regions",
                        "free_model_daily_requests"))
                .isEqualTo("sbbbboao");
        assertThat(Rig.typesOf(
                        self,
                        "limit",
                        "limit_remaining",
                        "limit_reset",
                        "creator_user_id",
                        "organization_id",
                        "workspace_id",
                        "expires_at"))
                .isEqualTo("nns0ss0");
        assertThat(Rig.typesOf(self.path("rate_limit"), "interval", "note", "requests"))
                .isEqualTo("ssn");
        for (String field : List.of("limit", "used", "remaining")) {
            assertThat(self.path("free_model_daily_requests").path(field).isIntegralNumber())
                    .isTrue();
        }
        assertThat(self.path("free_model_daily_requests").path("limit").longValue())
                .isEqualTo(FreeAllowance.NO_LIMIT);
        assertThat(self.path("allowed_data_regions").toString()).isEqualTo("[\"global\"]");
        assertThat(self.path("is_management_key").booleanValue()).isFalse();
        assertThat(self.path("limit_remaining").decimalValue()).isEqualByComparingTo("3");

        JsonNode manager = rig.self(rig.management);
        assertThat(manager.path("is_management_key").booleanValue()).isTrue();
        assertThat(manager.path("is_provisioning_key").booleanValue()).isTrue();
        assertThat(Rig.typesOf(manager, "limit", "limit_remaining", "limit_reset"))
                .isEqualTo("000");
    }

    @Test
    void tellsAPrepaidKeyItsFreeRequests() {
        rig.database.write(
                tx -> tx.sql().execute("UPDATE organization SET billing = 'prepaid' WHERE id = ?", rig.organizationId));
        JsonNode poor = rig.self(rig.inference);
        assertThat(poor.path("is_free_tier").booleanValue()).isTrue();
        assertThat(poor.path("free_model_daily_requests").path("remaining").longValue())
                .isEqualTo(50);
        rig.database.write(tx -> rig.books.transfer(
                tx,
                rig.organizationId,
                dev.faregate.credits.Books.TransferKind.TOPUP,
                Usd.ofDollars(10),
                "t-" + rig.organizationId,
                "test",
                "test"));
        JsonNode buyer = rig.self(rig.inference);
        assertThat(buyer.path("is_free_tier").booleanValue()).isFalse();
        assertThat(buyer.path("free_model_daily_requests").path("limit").longValue())
                .isEqualTo(1_000);
    }

    private Limits.State total(String keyId) {
        return Objects.requireNonNull(
                rig.database.read(tx -> rig.limits.states(tx, Scope.KEY, keyId)).get(Window.TOTAL));
    }

    private Map<Window, String> caps(String keyId) {
        Map<Window, String> caps = new java.util.EnumMap<>(Window.class);
        rig.database
                .read(tx -> rig.limits.states(tx, Scope.KEY, keyId))
                .forEach((window, state) -> caps.put(
                        window,
                        state.cap() == null ? "none" : state.cap().dollars().toPlainString()));
        return caps;
    }

    private static String hash(Secret text) {
        return KeyHash.of(text).hex();
    }

    private static void assertNotFound(Runnable call) {
        assertThat(Rig.errorOf(call)).isInstanceOf(ApiError.NotFound.class);
    }

    /// The required fields of an item of `/keys` (contract section 4).
    private static void assertItem(JsonNode item) {
        assertThat(Rig.typesOf(item, NUMBERS)).isEqualTo("nnnnnnnn");
        assertThat(Rig.typesOf(
                        item,
                        "hash",
                        "label",
                        "name",
                        "disabled",
                        "created_at",
                        "workspace_id",
                        "include_byok_in_limit"))
                .isEqualTo("sssbssb");
        assertThat(Rig.typesOf(item, "limit", "limit_remaining")).matches("nn|00");
        assertThat(Rig.typesOf(item, "limit_reset", "creator_user_id", "updated_at", "external_user", "expires_at"))
                .matches("[s0]{5}");
    }
}
