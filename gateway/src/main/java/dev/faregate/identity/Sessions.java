package dev.faregate.identity;

import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.http.RequestHead;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Who is signed in. A session is named by a random text that only the browser has; each sign-in makes a new one, so
/// nobody can plant theirs. Safe to share between threads; blocks.
public final class Sessions {
    /// Sessions of a person that are shown.
    private static final int MAX_LISTED = 100;

    private static final int MAX_USER_AGENT = 300;

    /// The last use of a session is as exact as this.
    private static final Duration TOUCHED_EVERY = Duration.ofMinutes(1);

    private final Database database;
    private final SessionStore store = new SessionStore();

    public Sessions(Database database) {
        this.database = database;
    }

    /// Opens a session in the transaction of the caller, who has made sure of the person and of their membership. The
    /// text is for the browser alone and is known only now.
    public Secret open(
            Tx tx,
            String userId,
            String organizationId,
            String workspaceId,
            Session.Method method,
            boolean secondFactor,
            RequestHead head) {
        Secret token = Tokens.generate();
        String agent = head.header("user-agent");
        store.insert(
                tx,
                new SessionStore.NewSession(
                        Tokens.hash(token.reveal()),
                        Ids.next().toString(),
                        userId,
                        organizationId,
                        workspaceId,
                        method,
                        secondFactor,
                        head.remote().getHostAddress(),
                        agent == null ? null : printable(agent)));
        return token;
    }

    /// The session of that text, if it lives.
    public Optional<Session> find(String token, RequestHead head) {
        if (!Tokens.looksLikeOne(token)) {
            return Optional.empty();
        }
        String hash = Tokens.hash(token);
        record Found(Session session, Instant now) {}
        Optional<Found> found = database.read(tx -> store.find(tx, hash).map(session -> new Found(session, tx.now())));
        found.filter(it -> it.session().lastSeenAt().plus(TOUCHED_EVERY).isBefore(it.now()))
                .ifPresent(it -> database.write(tx -> {
                    store.touch(tx, it.session().id(), head.remote().getHostAddress());
                    return null;
                }));
        return found.map(Found::session);
    }

    /// The live sessions of a person, the one used last first.
    public List<Session> list(Tx tx, String userId) {
        return store.list(tx, userId, MAX_LISTED);
    }

    /// Ends one session of a person; false when there is none of that id.
    public boolean end(Tx tx, String userId, String id) {
        return store.delete(tx, userId, id);
    }

    /// Ends all sessions of a person but `but`, as after a change of password; the number ended.
    public int endAll(Tx tx, String userId, @Nullable String but) {
        return store.deleteAll(tx, userId, but);
    }

    /// The person has just proved anew who they are.
    public void proved(Tx tx, String id, boolean secondFactor) {
        store.proved(tx, id, secondFactor);
    }

    /// The person looks at another organization or workspace; the caller has made sure that they may.
    public void look(Tx tx, String id, String organizationId, String workspaceId) {
        store.look(tx, id, organizationId, workspaceId);
    }

    private static String printable(String text) {
        String printable = text.replaceAll("[^\\x20-\\x7e]", "");
        return printable.substring(0, Math.min(printable.length(), MAX_USER_AGENT));
    }
}
