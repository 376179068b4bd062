package dev.faregate.observability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Json;
import dev.faregate.byok.Sealer;
import dev.faregate.byok.TestMasterKey;
import dev.faregate.byok.TestOutcome;
import dev.faregate.http.Handler;
import dev.faregate.http.Request;
import dev.faregate.http.RequestHead;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Writes;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// `/observability/destinations` on both databases (contract 2.4): what was written comes back, secrets masked the
/// same way each time.
@ParameterizedClass
@EnumSource
class DestinationsContract {
    private static final String SECRET = "sk-planted-0123456789AbCd";

    private final Database database;
    private final Rig rig;
    private final Destinations live;
    private final List<String> sent = new ArrayList<>();
    private Sender.Result answer = new Sender.Result.Answered(200, null);
    private final ManagedDestinations managed;
    private final DestinationsHandler handler;

    DestinationsContract(Database.Kind kind) {
        rig = new Rig(kind);
        database = rig.database;
        Sealer sealer = new Sealer(TestMasterKey.shared());
        live = new Destinations(database, sealer);
        managed = new ManagedDestinations(
                database, new OrganizationStore(), sealer, live, this::sent, new Writes(new AuditLog()));
        handler = new DestinationsHandler(managed);
    }

    private JsonNode call(Handler.Blocking method, String verb, String id, String body, String... headers) {
        RequestHead head = id.isEmpty()
                ? Rig.head(verb, "/observability/destinations", Map.of(), Map.of(), headers)
                : Rig.head(verb, "/observability/destinations/" + id, Map.of("id", id), Map.of(), headers);
        return rig.call(method, rig.management, head, body.replace('\'', '"'));
    }

    private Sender.Result sent(String method, URI url, Map<String, String> headers, byte[] json, Duration timeout) {
        sent.add(method + " " + url + " " + new TreeMap<>(headers) + " " + new String(json, StandardCharsets.UTF_8));
        return answer;
    }

    private TestOutcome test(String id) {
        return managed.test(new Request(
                Rig.head("POST", "/observability/destinations", Map.of("id", id), Map.of()),
                new byte[0],
                rig.caller(rig.management)));
    }

    @Test
    void sendsAnEmptyExportToTestAndRemembersItUntilTheNextChange() {
        String organization = rig.caller(rig.management).organizationId();
        String id = webhook(",'enabled':false").get("id").asString();
        assertThat(test(id).ok()).isTrue();
        assertThat(sent)
                .containsExactly("POST https://hooks.example/x {Authorization=Bearer " + SECRET
                        + ", X-Test-Connection=true} {\"resourceSpans\":[]}");
        answer = new Sender.Result.Answered(401, null);
        assertThat(test(id).message()).isEqualTo("It answered 401.");
        answer = new Sender.Result.Failed("no such host", true);
        assertThat(test(id).message()).isEqualTo("It could not be reached: no such host.");
        Map<String, TestOutcome> outcomes = managed.lastTests(organization, List.of(id));
        assertThat(outcomes.values())
                .extracting(TestOutcome::message)
                .containsExactly("It could not be reached: no such host.");
        patch(id, "{'enabled':true}");
        assertThat(managed.lastTests(organization, List.of(id))).isEmpty();
        String kept = create("{'name':'dog','type':'datadog','config':{'apiKey':'" + SECRET + "','mlApp':'x'}}")
                .get("id")
                .asString();
        assertThat(Rig.errorOf(() -> test(kept))).isInstanceOf(ApiError.Unprocessable.class);
    }

    private JsonNode create(String body, String... headers) {
        return call(handler::create, "POST", "", body, headers).get("data");
    }

    private JsonNode webhook(String more) {
        return create("{'name':'hook','type':'webhook','config':{'url':'https://hooks.example/x','headers':"
                + "{'Authorization':'Bearer " + SECRET + "'}}" + more + "}");
    }

    private JsonNode get(String id) {
        return call(handler::get, "GET", id, "").get("data");
    }

    private JsonNode patch(String id, String body) {
        return call(handler::update, "PATCH", id, body).get("data");
    }

    private JsonNode list(String... query) {
        Map<String, List<String>> parameters = new HashMap<>();
        for (int i = 0; i < query.length; i += 2) {
            parameters.put(query[i], List.of(query[i + 1]));
        }
        RequestHead head = Rig.head("GET", "/observability/destinations", Map.of(), parameters);
        return rig.call(handler::list, rig.management, head, "");
    }

    private static String id(JsonNode destination) {
        return destination.get("id").asString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "arize | {'apiKey':'a','spaceKey':'b','modelId':'m'}",
                "braintrust | {'apiKey':'a','projectId':'p'}",
                "clickhouse | {'host':'h','database':'d','username':'default','password':'p'}",
                "datadog | {'apiKey':'a','mlApp':'m'}",
                "grafana | {'apiKey':'a','instanceId':'1'}",
                "langfuse | {'secretKey':'s','publicKey':'p'}",
                "langsmith | {'apiKey':'a','workspaceId':'w'}",
                "newrelic | {'licenseKey':'l','region':'eu'}",
                "opik | {'apiKey':'a','workspace':'w','projectName':'p'}",
                "otel-collector | {'endpoint':'https://otel.example.com:4318'}",
                "posthog | {'apiKey':'a'}",
                "ramp | {'apiKey':'a'}",
                "s3 | {'bucketName':'b','accessKeyId':'i','secretAccessKey':'s','endpoint':'https://r2.example'}",
                "sentry | {'otlpEndpoint':'https://s.example','dsn':'d'}",
                "snowflake | {'account':'a','token':'t'}",
                "weave | {'apiKey':'a','entity':'e','project':'p'}",
                "webhook | {'url':'https://hooks.example/x?y=1','method':'PUT'}"
            })
    void takesEveryTypeAndKeepsItsConfigurationAsItIs(String type, String config) {
        JsonNode destination = create("{'name':'d','type':'" + type + "','config':" + config + "}");
        assertThat(destination.get("type").asString()).isEqualTo(type);
        JsonNode written = Json.readObject(config.replace('\'', '"').getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(destination.get("config").propertyNames()).containsExactlyElementsOf(written.propertyNames());
        assertThat(get(id(destination))).isEqualTo(destination);
        assertThat(Rig.errorOf(() -> create("{'name':'d','type':'" + type + "','config':{}}")))
                .isInstanceOf(ApiError.BadRequest.class);
    }

    @Test
    void answersEveryFieldThatClientsInsistOn() {
        JsonNode destination = webhook("");
        assertThat(Rig.typesOf(
                        destination,
                        "id",
                        "workspace_id",
                        "name",
                        "enabled",
                        "privacy_mode",
                        "broadcast_generation_cost",
                        "broadcast_generation_identity",
                        "broadcast_generation_request_context",
                        "sampling_rate",
                        "api_key_hashes",
                        "filter_rules",
                        "created_at",
                        "updated_at",
                        "type",
                        "config"))
                .isEqualTo("sssbbbbbn00ssso");
        assertThat(destination.get("config").toString())
                .isEqualTo("{\"url\":\"https://hooks.example/x\",\"headers\":{\"Authorization\":\"Bear...AbCd\"}}");
        assertThat(destination.get("sampling_rate").decimalValue()).isEqualByComparingTo("1");
        assertThat(rig.dump()).noneMatch(value -> value.contains("planted"));
    }

    @Test
    void readsBackExactlyWhatWasWritten() {
        String rules =
                "{'enabled':true,'groups':[{'logic':'or','rules':[{'field':'total_cost','operator':'gt','value':0.50}]}]}";
        JsonNode destination = webhook(",'sampling_rate':0.2500,'enabled':false,'privacy_mode':true,"
                + "'broadcast_generation_cost':true,'api_key_hashes':['" + "a".repeat(64) + "'],'filter_rules':"
                + rules);
        assertThat(destination.get("filter_rules").toString()).isEqualTo(rules.replace('\'', '"'));
        assertThat(destination.get("sampling_rate").toString()).isEqualTo("0.2500");
        assertThat(destination.get("enabled").booleanValue()).isFalse();
        assertThat(get(id(destination))).isEqualTo(destination);
        assertThat(list().get("data").get(0)).isEqualTo(destination);
        assertThat(patch(id(destination), "{}")).as("a PATCH of nothing").isEqualTo(destination);
        assertThat(patch(id(destination), "{'filter_rules':null,'api_key_hashes':null}")
                        .get("filter_rules")
                        .isNull())
                .isTrue();
    }

    @Test
    void aMaskThatComesBackChangesNothing() {
        JsonNode destination = webhook("");
        JsonNode after = patch(id(destination), "{'config':" + destination.get("config") + "}");
        assertThat(after.get("config")).isEqualTo(destination.get("config"));
        Target target = live.of(rig.workspaceId).getFirst();
        assertThat(target.headers()).containsExactly(Map.entry("Authorization", "Bearer " + SECRET));
        patch(id(destination), "{'config':{'url':'https://hooks.example/other'}}");
        target = live.of(rig.workspaceId).getFirst();
        assertThat(target.url()).hasToString("https://hooks.example/other");
        assertThat(target.headers()).containsExactly(Map.entry("Authorization", "Bearer " + SECRET));
    }

    @Test
    void keepsAtMostFiveOfAType() {
        for (int i = 0; i < ManagedDestinations.MAX_PER_TYPE; i++) {
            webhook("");
        }
        assertThat(Rig.errorOf(() -> webhook(""))).isInstanceOf(ApiError.Conflict.class);
        JsonNode other = create("{'name':'o','type':'otel-collector','config':{'endpoint':'https://o.example'}}");
        assertThat(other.get("type").asString()).isEqualTo("otel-collector");
        Set<String> seen = new HashSet<>();
        List<String> pages = new ArrayList<>();
        for (int offset = 0; offset < 8; offset += 2) {
            JsonNode page = list("offset", Integer.toString(offset), "limit", "2");
            assertThat(page.get("total_count").asInt()).isEqualTo(6);
            page.get("data").forEach(each -> pages.add(id(each)));
        }
        seen.addAll(pages);
        assertThat(pages).hasSize(6).hasSameSizeAs(seen);
        call(handler::delete, "DELETE", pages.getFirst(), "");
        webhook("");
    }

    @Test
    void wipesTheSecretsWhenADestinationIsDeleted() {
        JsonNode destination = webhook("");
        assertThat(live.of(rig.workspaceId)).hasSize(1);
        assertThat(call(handler::delete, "DELETE", id(destination), "").toString())
                .isEqualTo("{\"deleted\":true}");
        assertThat(live.of(rig.workspaceId)).isEmpty();
        assertThat(database.<Boolean>read(tx -> tx.sql()
                                .fetchSingle(
                                        "SELECT sealed FROM observability_destination WHERE id = ?", id(destination))
                                .get(0)
                        == null))
                .isTrue();
        assertThat(Rig.errorOf(() -> get(id(destination)))).isInstanceOf(ApiError.NotFound.class);
    }

    @Test
    void knowsOnlyItsOwnOrganization() {
        JsonNode destination = webhook("");
        Rig.Tenant other = rig.tenant();
        for (Handler.Blocking method : List.<Handler.Blocking>of(handler::get, handler::update, handler::delete)) {
            RequestHead head = Rig.head("X", "/o/" + id(destination), Map.of("id", id(destination)), Map.of());
            assertThat(Rig.errorOf(() -> rig.respond(method, other.management(), head, "{}")))
                    .isEqualTo(new ApiError.NotFound("Destination not found"));
        }
        assertThat(live.of(other.workspaceId())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "type | {'name':'d','type':'kafka','config':{}}",
                "name | {'type':'webhook','config':{'url':'https://h.example'}}",
                "config | {'name':'d','type':'webhook'}",
                "config.url | {'name':'d','type':'webhook','config':{'url':'ftp://h.example'}}",
                "config.url | {'name':'d','type':'webhook','config':{'url':'https://user:planted@h.example'}}",
                "config.method | {'name':'d','type':'webhook','config':{'url':'https://h.example','method':'GET'}}",
                "config.headers | {'name':'d','type':'webhook','config':{'url':'https://h.example','headers':{'Host':'x'}}}",
                "config.headers | {'name':'d','type':'webhook','config':{'url':'https://h.example','headers':{'X':1}}}",
                "config.endpoint | {'name':'d','type':'otel-collector','config':{'endpoint':'otel:4318'}}",
                "sampling_rate | {'name':'d','type':'webhook','config':{'url':'https://h.example'},'sampling_rate':0}",
                "sampling_rate | {'name':'d','type':'webhook','config':{'url':'https://h.example'},'sampling_rate':1.5}",
                "api_key_hashes | {'name':'d','type':'webhook','config':{'url':'https://h.example'},'api_key_hashes':[]}",
                "filter_rules.groups | {'name':'d','type':'webhook','config':{'url':'https://h.example'},'filter_rules':{}}",
                "enabled | {'name':'d','type':'webhook','config':{'url':'https://h.example'},'enabled':'no'}"
            })
    void namesTheFieldThatIsWrong(String field, String body) {
        assertThat(Rig.errorOf(() -> create(body))).isInstanceOfSatisfying(ApiError.BadRequest.class, bad -> {
            assertThat(bad.param()).isEqualTo(field);
            assertThat(bad.message()).doesNotContain("planted");
        });
    }
}
