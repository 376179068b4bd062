package dev.faregate.keys;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Window;
import dev.faregate.http.Request;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Session;
import dev.faregate.identity.Writes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// The keys by which people try models on the page "Playground": a session opens no API, so the page needs a key. It is
/// an ordinary inference key of the person, one in each workspace, seen and changed like any other; only its secret is
/// renewed by the page, and lives shortly (ADR 40). Safe to share between threads; blocks.
public final class PlaygroundKeys {
    /// So long a secret opens the key.
    public static final Duration SECRET_LIFETIME = Duration.ofHours(1);

    /// Characters of a key's name, as many as the database has room for.
    private static final int MAX_NAME = 200;

    /// A key with the one secret that opens it, and when that ends.
    public record Lent(ApiKey key, Secret text, Instant ends) {}

    private final Database database;
    private final Limits limits;
    private final KeyStore store;
    private final Keys keys;
    private final KeyDirectory directory;
    private final MemberStore members;
    private final Writes writes;
    private final Usd dailyLimit;
    private final PlaygroundKeyStore chosen = new PlaygroundKeyStore();

    /// `dailyLimit`: what a new one may spend in a day (setting `playground.daily_limit`).
    public PlaygroundKeys(
            Database database,
            Limits limits,
            KeyStore store,
            Keys keys,
            KeyDirectory directory,
            MemberStore members,
            Writes writes,
            Usd dailyLimit) {
        this.database = database;
        this.limits = limits;
        this.store = store;
        this.keys = keys;
        this.directory = directory;
        this.members = members;
        this.writes = writes;
        this.dailyLimit = dailyLimit;
    }

    public Usd dailyLimit() {
        return dailyLimit;
    }

    /// The key of that person in the workspace they look at, if there is one.
    public Optional<KeyView> find(Session session) {
        return database.read(tx -> chosen.find(tx, session.workspaceId(), session.userId())
                .flatMap(id -> store.find(tx, session.organizationId(), KeyKind.INFERENCE, id))
                .map(key -> KeyView.of(tx, limits, key)));
    }

    /// Gives the key of whoever asks (a [Session]) a fresh secret, and makes the key where there is none; the secret
    /// before has ended then. Throws a 403 for somebody who may not make keys there, or whose key is disabled.
    public Lent lend(Request request) {
        Session session = request.principal(Session.class);
        Secret text = KeyText.generate(KeyKind.INFERENCE);
        Lent lent = database.write(tx -> {
            ManagedKeys.requirePlace(tx, members, session, session.workspaceId());
            String fresh = Ids.next().toString();
            String id = chosen.claim(tx, session.workspaceId(), session.userId(), fresh);
            Optional<ApiKey> known = store.findForUpdate(tx, session.organizationId(), KeyKind.INFERENCE, id);
            if (known.isPresent()) {
                return renewed(tx, request, known.get(), text);
            }
            if (!id.equals(fresh)) {
                // The one before was deleted.
                chosen.replace(tx, session.workspaceId(), session.userId(), fresh);
            }
            return made(tx, request, session, text, fresh);
        });
        directory.changed(lent.key().id(), false);
        keys.opened(text);
        return lent;
    }

    private Lent made(Tx tx, Request request, Session session, Secret text, String id) {
        String name = "Playground of " + session.email();
        Instant ends = tx.now().plus(SECRET_LIFETIME);
        Keys.NewKey wanted = new Keys.NewKey(
                session.organizationId(),
                session.workspaceId(),
                KeyKind.INFERENCE,
                name.substring(0, Math.min(name.length(), MAX_NAME)),
                dailyLimit,
                Window.DAILY,
                false,
                null,
                null,
                null,
                session.userId(),
                KeyRules.NONE);
        ApiKey key = keys.create(tx, wanted, id, text);
        keys.endSecret(tx, text, ends);
        writes.record(tx, request, "key.create", id, key.auditDetail());
        return new Lent(key, text, ends);
    }

    private Lent renewed(Tx tx, Request request, ApiKey key, Secret text) {
        if (key.disabled()) {
            throw new ApiException(new ApiError.Forbidden(
                    "Your Playground key in this workspace is disabled. Enable it to go on.",
                    "disabled",
                    Map.of("key_hash", key.hash())));
        }
        Keys.Renewed renewed = keys.renew(
                        tx, key.organizationId(), key.id(), text, tx.now().plus(SECRET_LIFETIME), Duration.ZERO, false)
                .orElseThrow();
        writes.record(
                tx,
                request,
                "key.rotate",
                key.id(),
                Map.of("new_label", renewed.key().label(), "by", "playground"));
        return new Lent(renewed.key(), text, renewed.ends());
    }
}
