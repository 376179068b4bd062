package dev.faregate.usage;

import dev.faregate.base.ApiError;
import dev.faregate.base.Secret;
import dev.faregate.http.Handler;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Role;
import dev.faregate.identity.Writes;
import dev.faregate.keys.Caller;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.Keys;
import dev.faregate.keys.Rig;
import dev.faregate.models.CatalogueReader;
import dev.faregate.models.Catalogues;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/// An organization with keys in two workspaces, one of them a member's, and the handlers that tell what
/// they used.
final class UsageRig {
    /// `acme/swift` has another canonical slug than id.
    private static final String CATALOGUE = """
            {"as_of": "2026-07-02", "source": "test", "providers": [
              {"slug": "acme", "name": "Acme", "format": "openai", "base_url": "https://acme.test/v1"}],
            "models": [
              {"id": "acme/swift", "canonical_slug": "acme/swift-20260102", "name": "Swift", "created": 1767312000,
               "context_length": 8000, "endpoints": [{"provider": "acme", "pricing": {"prompt": "2", "completion": "8"}}]}]}""";

    final Rig rig;
    final Catalogues catalogues = new Catalogues(CatalogueReader.read(CATALOGUE.getBytes(StandardCharsets.UTF_8)));
    final Caller one;
    final Caller two;
    final Caller elsewhere;
    final String otherWorkspace;
    final String member = UUID.randomUUID().toString();
    final Instant now;

    UsageRig(Database database) {
        rig = new Rig(database);
        otherWorkspace = rig.database
                .write(tx -> rig.organizations.createWorkspace(tx, rig.organizationId, "room", "Room"))
                .id();
        MemberStore members = new MemberStore();
        rig.database.write(tx -> {
            members.createPerson(tx, member, member + "@example.com", "Ada", null);
            members.join(tx, rig.organizationId, member, Role.MEMBER);
            return true;
        });
        one = rig.caller(rig.inference);
        two = rig.caller(key(rig.workspaceId, "second"));
        elsewhere = rig.caller(key(otherWorkspace, "third"));
        rig.database.write(tx ->
                tx.sql().execute("UPDATE api_key SET creator_user_id = ? WHERE id = ?", member, elsewhere.keyId()));
        now = rig.database.read(Tx::now);
    }

    private Secret key(String workspace, String name) {
        return rig.keys
                .create(Keys.NewKey.plain(rig.organizationId, workspace, KeyKind.INFERENCE, name))
                .text();
    }

    Writes writes() {
        return new Writes(new AuditLog());
    }

    /// The answer to a query as `name`, value, ... .
    JsonNode get(Handler.Blocking handler, Secret key, String... query) {
        Map<String, List<String>> parameters = new HashMap<>();
        for (int i = 0; i < query.length; i += 2) {
            parameters.put(query[i], List.of(query[i + 1]));
        }
        return rig.call(handler, key, Rig.head("GET", "/x", Map.of(), parameters), "");
    }

    JsonNode post(Handler.Blocking handler, Secret key, String body) {
        return rig.call(handler, key, Rig.head("POST", "/x", Map.of(), Map.of()), body);
    }

    /// The field that a call is told to be wrong.
    static String wrongField(Runnable call) {
        return Rig.errorOf(call) instanceof ApiError.BadRequest(String message, String param)
                ? Objects.requireNonNullElse(param, message)
                : "not a bad request";
    }
}
