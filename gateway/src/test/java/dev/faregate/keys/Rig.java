package dev.faregate.keys;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.credits.Books;
import dev.faregate.credits.CreditEntries;
import dev.faregate.credits.JooqBooks;
import dev.faregate.credits.JooqLimits;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.http.Authenticator.Answer;
import dev.faregate.http.Handler;
import dev.faregate.http.Request;
import dev.faregate.http.RequestHead;
import dev.faregate.http.Response;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Writes;
import dev.faregate.storage.Database;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.Record;
import org.jooq.Table;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Everything of this feature over a shared store, with an organization of its own, and calls of its
/// handlers without a server.
public final class Rig {
    /// A clock that a test moves; it starts at the real time, because the database has its own.
    public static final class MovingClock implements InstantSource {
        private volatile Instant now = Instant.now();

        @Override
        public Instant instant() {
            return now;
        }

        public void moveTo(Instant instant) {
            now = instant;
        }
    }

    public final MovingClock clock = new MovingClock();
    public final Database database;
    public final Limits limits = new JooqLimits();
    public final Books books = new JooqBooks();
    public final OrganizationStore organizations = new OrganizationStore();
    public final MemberStore members = new MemberStore();
    public final Writes writes = new Writes(new AuditLog());
    public final CreditEntries entries = new CreditEntries(books, limits);
    public final KeyStore store = new KeyStore();
    public final KeyDirectory directory;
    public final KeyAuthenticator authenticator;
    public final Keys keys;
    public final KeyHandler keyHandler;
    public final KeysHandler keysHandler;
    public final KeyListHandler keyListHandler;
    public final String organizationId;
    public final String workspaceId;
    public final Secret inference;
    public final Secret management;

    public Rig(Database.Kind kind) {
        this(Stores.shared(kind));
    }

    public Rig(Database opened) {
        database = opened;
        directory = new KeyDirectory(database, store, limits, clock);
        authenticator = new KeyAuthenticator(directory);
        keys = new Keys(database, limits, store, directory);
        keyHandler = new KeyHandler(database, limits, books, organizations, (_, _) -> List.of("global"));
        keysHandler = new KeysHandler(
                new ManagedKeys(database, limits, store, keys, directory, organizations, members, writes));
        keyListHandler = new KeyListHandler(database, limits, store, organizations);
        Tenant own = tenant();
        organizationId = own.organizationId();
        workspaceId = own.workspaceId();
        inference = own.inference();
        management = own.management();
    }

    /// A further organization with its balance, workspace and a key of each kind.
    public record Tenant(String organizationId, String workspaceId, Secret inference, Secret management) {}

    public Tenant tenant() {
        String id = UUID.randomUUID().toString();
        String workspace = database.write(tx -> {
            tx.sql()
                    .execute(
                            "INSERT INTO organization (id, slug, name, billing, created_at) VALUES (?, ?, ?, 'postpaid', 0)",
                            id,
                            id,
                            id);
            limits.define(tx, Scope.BALANCE, id, Window.TOTAL, null);
            return organizations.createWorkspace(tx, id, "default", "Default").id();
        });
        return new Tenant(
                id,
                workspace,
                keys.create(Keys.NewKey.plain(id, workspace, KeyKind.INFERENCE, "i"))
                        .text(),
                keys.create(Keys.NewKey.plain(id, workspace, KeyKind.MANAGEMENT, "m"))
                        .text());
    }

    /// What a bearer of that text is answered, first from memory, then from the store.
    public Answer ask(String text) {
        RequestHead head = head("GET", "/key", Map.of(), Map.of(), "Authorization", "Bearer " + text);
        Answer remembered = authenticator.recall(head);
        return remembered instanceof Answer.Unsure ? authenticator.lookUp(head) : remembered;
    }

    public Caller caller(Secret text) {
        if (ask(text.reveal()) instanceof Answer.Known(Caller caller)) {
            return caller;
        }
        throw new AssertionError("not known: " + ask(text.reveal()));
    }

    /// The word for programs in the refusal of that text, or `known`.
    public String reason(Secret text) {
        return switch (ask(text.reveal())) {
            case Answer.Known _ -> "known";
            case Answer.Refused(ApiError.Unauthenticated error) -> error.reason();
            case Answer answer -> answer.toString();
        };
    }

    /// Calls a handler as the caller of `key` and reads its JSON.
    public JsonNode call(Handler.Blocking handler, Secret key, RequestHead head, String body) {
        return Json.read(respond(handler, key, head, body).body());
    }

    public Response respond(Handler.Blocking handler, Secret key, RequestHead head, String body) {
        return handler.handle(new Request(head, body.getBytes(StandardCharsets.UTF_8), caller(key)));
    }

    public JsonNode create(Secret key, String body, String... headers) {
        return call(keysHandler::create, key, head("POST", "/keys", Map.of(), Map.of(), headers), body);
    }

    public JsonNode get(Secret key, String reference) {
        return call(keysHandler::get, key, keyHead("GET", reference), "");
    }

    public JsonNode patch(Secret key, String reference, String body, String... headers) {
        return call(keysHandler::update, key, keyHead("PATCH", reference, headers), body);
    }

    public JsonNode delete(Secret key, String reference) {
        return call(keysHandler::delete, key, keyHead("DELETE", reference), "");
    }

    public JsonNode list(Secret key, Map<String, String> query) {
        Map<String, List<String>> parameters = new HashMap<>();
        query.forEach((name, value) -> parameters.put(name, List.of(value)));
        return call(keyListHandler::list, key, head("GET", "/keys", Map.of(), parameters), "");
    }

    public JsonNode self(Secret key) {
        return call(keyHandler::handle, key, head("GET", "/key", Map.of(), Map.of()), "")
                .path("data");
    }

    static RequestHead keyHead(String method, String reference, String... headers) {
        return head(method, "/keys/" + reference, Map.of("hash", reference), Map.of(), headers);
    }

    public static RequestHead head(
            String method,
            String path,
            Map<String, String> pathParameters,
            Map<String, List<String>> query,
            String... headers) {
        HttpHeaders all = new DefaultHttpHeaders();
        for (int i = 0; i < headers.length; i += 2) {
            all.add(headers[i], headers[i + 1]);
        }
        return new RequestHead("req", method, path, pathParameters, query, all, InetAddress.getLoopbackAddress(), 0);
    }

    /// Every value of every column of every table, as text.
    public List<String> dump() {
        return database.read(tx -> {
            List<String> values = new ArrayList<>();
            for (Table<?> table : dev.faregate.storage.tables.DefaultSchema.DEFAULT_SCHEMA.getTables()) {
                for (Record row : tx.sql().fetch("SELECT * FROM " + table.getName())) {
                    for (int i = 0; i < row.size(); i++) {
                        values.add(String.valueOf(row.get(i)));
                    }
                }
            }
            return values;
        });
    }

    /// The failure of a call, or null when there was none.
    public static @Nullable ApiError errorOf(Runnable call) {
        try {
            call.run();
            return null;
        } catch (ApiException e) {
            return e.error();
        }
    }

    /// Asserts on types of an answer's fields: `n` number, `s` text, `b` flag, `a` list, `o` object; `?`
    /// for or null.
    public static String typesOf(JsonNode object, String... names) {
        StringBuilder types = new StringBuilder();
        for (String name : names) {
            JsonNode node = object.path(name);
            types.append(
                    node.isMissingNode()
                            ? '-'
                            : node.isNull()
                                    ? '0'
                                    : node.isNumber()
                                            ? 'n'
                                            : node.isString()
                                                    ? 's'
                                                    : node.isBoolean() ? 'b' : node.isArray() ? 'a' : 'o');
        }
        return types.toString();
    }

    public static ObjectNode object(JsonNode node) {
        return (ObjectNode) node;
    }

    /// A key that counts as that person's, if any.
    public Secret keyOf(@Nullable String person, KeyKind kind) {
        return keys.create(new Keys.NewKey(
                        organizationId,
                        workspaceId,
                        kind,
                        "theirs",
                        null,
                        Window.TOTAL,
                        false,
                        null,
                        null,
                        null,
                        person,
                        KeyRules.NONE))
                .text();
    }
}
