package dev.faregate.byok;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Secret;
import dev.faregate.http.Handler;
import dev.faregate.http.Request;
import dev.faregate.http.RequestHead;
import dev.faregate.http.Response;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Writes;
import dev.faregate.keys.Rig;
import dev.faregate.models.CatalogueReader;
import dev.faregate.models.Catalogues;
import dev.faregate.storage.Database;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// `/byok` on both databases (contract 2.4, 3.5): what goes in comes back as it was written, but for the key, which
/// never does.
@ParameterizedClass
@EnumSource
class ByokContract {
    private static final String TEXT = "sk-planted-0123456789abcdefAbCd";
    private static final List<String> REQUIRED = List.of(
            "id",
            "provider",
            "label",
            "created_at",
            "disabled",
            "is_fallback",
            "sort_order",
            "is_required",
            "is_byok_only",
            "workspace_id",
            "allowed_models",
            "allowed_api_key_hashes",
            "allowed_user_ids",
            "declared_zdr");

    private final Rig rig;
    private final Sealer sealer;
    private final Credentials credentials;
    private final ManagedProviderKeys keys;
    private final ByokHandler handler;

    ByokContract(Database.Kind kind) {
        rig = new Rig(kind);
        sealer = new Sealer(TestMasterKey.shared());
        credentials = new Credentials(rig.database, sealer);
        keys = new ManagedProviderKeys(
                rig.database,
                new OrganizationStore(),
                sealer,
                credentials,
                new Catalogues(CatalogueReader.shipped()),
                new Writes(new AuditLog()));
        handler = new ByokHandler(keys);
    }

    private JsonNode call(Handler.Blocking method, String verb, String id, String body, String... headers) {
        RequestHead head = id.isEmpty()
                ? Rig.head(verb, "/byok", Map.of(), Map.of(), headers)
                : Rig.head(verb, "/byok/" + id, Map.of("id", id), Map.of(), headers);
        return rig.call(method, rig.management, head, body);
    }

    private JsonNode create(String more, String... headers) {
        return call(
                        handler::create,
                        "POST",
                        "",
                        "{\"provider\":\"openai\",\"key\":\"" + TEXT + "\"" + more + "}",
                        headers)
                .get("data");
    }

    private JsonNode get(String id) {
        return call(handler::get, "GET", id, "").get("data");
    }

    private JsonNode patch(String id, String body, String... headers) {
        return call(handler::update, "PATCH", id, body, headers).get("data");
    }

    private JsonNode list(String... query) {
        Map<String, List<String>> parameters = new HashMap<>();
        for (int i = 0; i < query.length; i += 2) {
            parameters.put(query[i], List.of(query[i + 1]));
        }
        return rig.call(handler::list, rig.management, Rig.head("GET", "/byok", Map.of(), parameters), "");
    }

    private String hash(Secret key) {
        return rig.caller(key).key().hash();
    }

    private Usable usable(Secret key) {
        var caller = rig.caller(key);
        return credentials.usableBy(
                caller.organizationId(), caller.workspaceId(), caller.key().hash(), caller.userId());
    }

    private static String id(JsonNode key) {
        return key.get("id").asString();
    }

    private void tested(String id, boolean ok, String message) {
        keys.recordTest(
                new Request(
                        Rig.head("POST", "/byok", Map.of("id", id), Map.of()), new byte[0], rig.caller(rig.management)),
                ok,
                message);
    }

    @Test
    void remembersTheNewestTestOfEachKeyUntilItsSecretIsReplaced() {
        String organization = rig.caller(rig.inference).organizationId();
        String twice = id(create(""));
        String replaced = id(create(""));
        String never = id(create(""));
        tested(twice, false, "The provider refused the key.");
        tested(replaced, true, "The provider takes the key.");
        tested(twice, true, "The provider takes the key.");
        patch(twice, "{\"name\":\"Another name\"}");
        patch(replaced, "{\"key\":\"sk-another-0123456789\"}");
        Map<String, TestOutcome> outcomes = keys.lastTests(organization, List.of(twice, replaced, never));
        assertThat(outcomes).containsOnlyKeys(twice);
        assertThat(outcomes.values()).allMatch(TestOutcome::ok);
        assertThat(outcomes.values()).extracting(TestOutcome::message).containsExactly("The provider takes the key.");
        assertThat(keys.lastTests("another", List.of(twice))).isEmpty();
        assertThat(keys.lastTests(organization, List.of())).isEmpty();
    }

    @Test
    void listsByProviderInTheOrderOfUse() {
        String organization = rig.caller(rig.inference).organizationId();
        String late = id(create(",\"sort_order\":9"));
        String early = id(create(",\"sort_order\":1,\"workspace_id\":null"));
        String other = id(call(handler::create, "POST", "", "{\"provider\":\"mistral\",\"key\":\"" + TEXT + "\"}")
                .get("data"));
        ManagedProviderKeys.Page page =
                keys.byProvider(organization, rig.caller(rig.inference).workspaceId(), 0, 10);
        assertThat(page.total()).isEqualTo(3);
        List<String> mistralFirst = List.of(other, early, late);
        assertThat(page.keys().stream().map(ProviderKey::id)).containsExactlyElementsOf(mistralFirst);
    }

    @Test
    void createsAKeyWithEveryFieldThatClientsInsistOn() {
        Response made = rig.respond(
                handler::create,
                rig.management,
                Rig.head("POST", "/byok", Map.of(), Map.of()),
                "{\"provider\":\"openai\",\"key\":\"" + TEXT + "\"}");
        assertThat(made.status()).isEqualTo(201);
        JsonNode key = dev.faregate.base.Json.read(made.body()).get("data");
        REQUIRED.forEach(field -> assertThat(key.has(field)).as(field).isTrue());
        assertThat(key.get("label").asString()).isEqualTo("sk-...AbCd");
        assertThat(key.get("workspace_id").asString()).isEqualTo(rig.workspaceId);
        assertThat(Rig.typesOf(key, "name", "declared_zdr", "allowed_models")).isEqualTo("000");
        assertThat(key.has("key")).isFalse();
        assertThat(get(id(key))).isEqualTo(key);
    }

    @Test
    void readsBackExactlyWhatWasWritten() {
        String hash = hash(rig.inference);
        JsonNode key = create(",\"name\":\"Prod ünïcode\",\"disabled\":true,\"is_fallback\":true,\"is_required\":true,"
                + "\"declared_zdr\":false,\"allowed_models\":[\"b/z\",\"a/y\",\"b/z\"],\"allowed_user_ids\":[],"
                + "\"allowed_api_key_hashes\":[\"" + hash
                + "\"],\"workspace_id\":null,\"sort_order\":7,\"unknown\":1");
        assertThat(key.get("name").asString()).isEqualTo("Prod ünïcode");
        assertThat(key.get("allowed_models").toString()).isEqualTo("[\"b/z\",\"a/y\",\"b/z\"]");
        assertThat(key.get("allowed_user_ids").toString()).isEqualTo("[]");
        assertThat(key.get("allowed_api_key_hashes").toString()).isEqualTo("[\"" + hash + "\"]");
        assertThat(key.get("workspace_id").isNull()).isTrue();
        assertThat(key.get("sort_order").asInt()).isEqualTo(7);
        assertThat(Rig.typesOf(key, "disabled", "is_fallback", "is_required", "declared_zdr"))
                .isEqualTo("bbbb");
        assertThat(get(id(key))).isEqualTo(key);
        assertThat(list().get("data").get(0)).isEqualTo(key);
        assertThat(patch(id(key), "{}")).as("a PATCH of nothing").isEqualTo(key);
        assertThat(patch(id(key), "{\"allowed_models\":null,\"name\":null,\"disabled\":false}")
                        .get("allowed_models")
                        .isNull())
                .isTrue();
    }

    @Test
    void givesKeysOfOneProviderTheirPlaces() {
        assertThat(create("").get("sort_order").asInt()).isZero();
        assertThat(create("").get("sort_order").asInt()).isEqualTo(1);
        JsonNode other = call(handler::create, "POST", "", "{\"provider\":\"mistral\",\"key\":\"" + TEXT + "\"}");
        assertThat(other.get("data").get("sort_order").asInt()).isZero();
    }

    @Test
    void rotatesInPlaceAndMakesTheLabelAnew() {
        JsonNode key = create("");
        String sealedBefore = sealed(id(key));
        JsonNode rotated = patch(id(key), "{\"key\":\"sk-planted-new-0123456789WXyz\"}");
        assertThat(rotated.get("label").asString()).isEqualTo("sk-...WXyz");
        assertThat(rotated.get("created_at")).isEqualTo(key.get("created_at"));
        assertThat(sealed(id(key))).isNotEqualTo(sealedBefore);
        assertThat(usable(rig.inference).of("openai", "openai/x", "openai/x"))
                .singleElement()
                .satisfies(credential -> assertThat(credential.material())
                        .isEqualTo(new KeyMaterial.Plain(Secret.of("sk-planted-new-0123456789WXyz"))));
        assertThat(rig.dump()).noneMatch(value -> value.contains("planted"));
    }

    @Test
    void wipesTheSecretWhenAKeyIsDeleted() {
        JsonNode key = create("");
        assertThat(call(handler::delete, "DELETE", id(key), "").toString()).isEqualTo("{\"deleted\":true}");
        assertThat(sealed(id(key))).isEqualTo("null");
        assertThat(usable(rig.inference).isEmpty()).isTrue();
        assertThat(Rig.errorOf(() -> get(id(key)))).isInstanceOf(ApiError.NotFound.class);
        assertThat(Rig.errorOf(() -> call(handler::delete, "DELETE", id(key), "")))
                .isInstanceOf(ApiError.NotFound.class);
        assertThat(list().get("total_count").asInt()).isZero();
    }

    private String sealed(String id) {
        return rig.database.read(tx -> String.valueOf(tx.sql()
                .fetchSingle("SELECT sealed FROM provider_key WHERE id = ?", id)
                .get(0)));
    }

    @Test
    void aCiphertextInAnotherRowDoesNotOpen() {
        JsonNode one = create("");
        JsonNode two = create("");
        rig.database.write(tx -> tx.sql()
                .execute(
                        "UPDATE provider_key SET sealed = (SELECT sealed FROM provider_key WHERE id = ?) WHERE id = ?",
                        id(one),
                        id(two)));
        credentials.reload(rig.organizationId);
        assertThat(usable(rig.inference).of("openai", "m/m", "m/m"))
                .extracting(Credential::id)
                .containsExactly(id(one));
    }

    @Test
    void aNodeWithAnotherMasterKeySealsNothing(@TempDir Path folder) {
        create("");
        Sealer other = new Sealer(MasterKey.load(null, folder.resolve("other.key"), null));
        assertThat(Rig.errorOf(() -> rig.database.write(tx -> {
                    other.claim(tx);
                    return 0;
                })))
                .isInstanceOf(ApiError.Unavailable.class);
    }

    @Test
    void pagesWithoutMissingOrRepeatingOne() {
        Set<String> made = new HashSet<>();
        for (int i = 0; i < 7; i++) {
            made.add(id(create(i % 2 == 0 ? ",\"workspace_id\":null" : "")));
        }
        List<String> seen = new ArrayList<>();
        for (int offset = 0; offset < 9; offset += 3) {
            JsonNode page = list("offset", Integer.toString(offset), "limit", "3");
            assertThat(page.get("total_count").asInt()).isEqualTo(7);
            page.get("data").forEach(key -> seen.add(id(key)));
        }
        assertThat(seen).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(made);
        assertThat(list("provider", "mistral").get("total_count").asInt()).isZero();
        assertThat(Rig.errorOf(() -> list("limit", "101"))).isInstanceOf(ApiError.BadRequest.class);
        assertThat(Rig.errorOf(() -> list("workspace_id", "nobody"))).isInstanceOf(ApiError.BadRequest.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "provider     | {'key':'k'}",
                "provider     | {'provider':'no such','key':'k'}",
                "provider     | {'provider':'nobody-knows','key':'k'}",
                "key          | {'provider':'openai'}",
                "key          | {'provider':'openai','key':''}",
                "key          | {'provider':'openai','key':5}",
                "key          | {'provider':'azure','key':'plain'}",
                "name         | {'provider':'openai','key':'k','name':''}",
                "disabled     | {'provider':'openai','key':'k','disabled':null}",
                "is_required  | {'provider':'openai','key':'k','is_required':'yes'}",
                "is_byok_only | {'provider':'openai','key':'k','is_byok_only':true,'is_fallback':true}",
                "allowed_api_key_hashes | {'provider':'openai','key':'k','allowed_api_key_hashes':[]}",
                "allowed_api_key_hashes[0] | {'provider':'openai','key':'k','allowed_api_key_hashes':['ABC']}",
                "allowed_models[0] | {'provider':'openai','key':'k','allowed_models':[1]}",
                "allowed_user_ids | {'provider':'openai','key':'k','allowed_user_ids':'u'}",
                "sort_order   | {'provider':'openai','key':'k','sort_order':-1}",
                "workspace_id | {'provider':'openai','key':'k','workspace_id':'elsewhere'}"
            })
    void namesTheFieldThatIsWrong(String field, String body) {
        assertThat(Rig.errorOf(() -> call(handler::create, "POST", "", body.replace('\'', '"'))))
                .isInstanceOfSatisfying(
                        ApiError.BadRequest.class,
                        bad -> assertThat(bad.param()).isEqualTo(field));
    }

    @Test
    void knowsOnlyItsOwnOrganization() {
        JsonNode key = create("");
        Rig.Tenant other = rig.tenant();
        String foreignHash = hash(other.inference());
        for (Handler.Blocking method : List.<Handler.Blocking>of(handler::get, handler::update, handler::delete)) {
            RequestHead head = Rig.head("X", "/byok/" + id(key), Map.of("id", id(key)), Map.of());
            assertThat(Rig.errorOf(() -> rig.respond(method, other.management(), head, "{}")))
                    .isEqualTo(new ApiError.NotFound("Provider key not found"));
        }
        RequestHead list = Rig.head("GET", "/byok", Map.of(), Map.of());
        assertThat(rig.call(handler::list, other.management(), list, "")
                        .get("total_count")
                        .asInt())
                .isZero();
        assertThat(Rig.errorOf(() -> create(",\"allowed_api_key_hashes\":[\"" + foreignHash + "\"]")))
                .isInstanceOf(ApiError.BadRequest.class);
        assertThat(Rig.errorOf(() -> get("not-a-uuid\0"))).isInstanceOf(ApiError.NotFound.class);
        assertThat(usable(other.inference()).isEmpty()).isTrue();
    }

    @Test
    void happensOnceForAnIdempotencyKey() {
        JsonNode key = create("", "Idempotency-Key", "once");
        assertThat(create("", "Idempotency-Key", "once")).isEqualTo(key);
        assertThat(list().get("total_count").asInt()).isEqualTo(1);
        assertThat(Rig.errorOf(() -> create(",\"name\":\"other\"", "Idempotency-Key", "once")))
                .isInstanceOf(ApiError.Conflict.class);
        JsonNode deleted = call(handler::delete, "DELETE", id(key), "", "Idempotency-Key", "gone");
        assertThat(call(handler::delete, "DELETE", id(key), "", "Idempotency-Key", "gone"))
                .isEqualTo(deleted);
    }

    @Test
    void filtersWhoMayUseAKey() {
        create(",\"allowed_api_key_hashes\":[\"" + hash(rig.inference) + "\"]");
        create(",\"allowed_user_ids\":[\"user-1\"],\"sort_order\":3");
        create(",\"disabled\":true");
        String hash = hash(rig.inference);
        assertThat(usable(rig.inference).of("openai", "m/m", "m/m")).hasSize(1);
        assertThat(credentials
                        .usableBy(rig.organizationId, rig.workspaceId, hash, "user-1")
                        .of("openai", "m/m", "m/m"))
                .hasSize(2);
        assertThat(credentials
                        .usableBy(rig.organizationId, rig.workspaceId, "0".repeat(64), "user-2")
                        .isEmpty())
                .isTrue();
        assertThat(credentials
                        .usableBy(rig.organizationId, "another-workspace", hash, "user-1")
                        .isEmpty())
                .as("keys of a workspace stay in it")
                .isTrue();
    }

    @Test
    void writesAnAuditEventWithoutTheSecret() {
        JsonNode key = create("");
        patch(id(key), "{\"key\":\"sk-planted-again-0123456789\"}");
        call(handler::delete, "DELETE", id(key), "");
        List<String> actions = rig.database.read(tx -> tx.sql()
                .fetch("SELECT action FROM audit_event WHERE subject = ? ORDER BY seq", id(key))
                .map(row -> String.valueOf(row.get(0))));
        assertThat(actions).containsExactly("byok.create", "byok.rotate", "byok.delete");
        assertThat(rig.dump()).noneMatch(value -> value.contains("planted"));
    }
}
