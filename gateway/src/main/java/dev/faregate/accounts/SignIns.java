package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.ORGANIZATION_MEMBER;

import dev.faregate.base.Secret;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Session;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What comes after somebody has shown who they are, by whichever way: their second step, where they have one, then a
/// session of their own, made anew, and on to where they wanted to go.
public final class SignIns {
    /// Who has proved to be a person, and where they are going to look first.
    public record Proven(String userId, String organizationId, String workspaceId) {}

    /// Where the second step is asked for.
    static final String STEP = "/sign-in/step";

    /// The cookie of a sign-in that waits for its second step.
    static final String PENDING = "step";

    private final Database database;
    private final Pages pages;
    private final AuditLog audit = new AuditLog();
    private final TotpStore totp = new TotpStore();
    private final PasskeyStore passkeys = new PasskeyStore();
    private final PendingSignIns pending = new PendingSignIns();
    private final OrganizationStore organizations = new OrganizationStore();

    public SignIns(Database database, Pages pages) {
        this.database = database;
        this.pages = pages;
    }

    /// The answer that leads a person on. `next` is a path of ours, or null for the start page. Whoever has an
    /// authenticator app or a passkey is asked for one of them first; a passkey is both steps already, and what an
    /// identity provider asks is its own business.
    public Response proven(Visit visit, Proven person, Session.Method method, @Nullable String next) {
        boolean whole = method == Session.Method.PASSKEY || method == Session.Method.SSO;
        if (!whole && database.read(tx -> hasFactor(tx, person.userId()))) {
            Secret token = database.write(tx -> pending.open(tx, person, method, next));
            return pages.cookies().with(visit.goTo(STEP), PENDING, token.reveal(), PendingSignIns.LIFETIME);
        }
        boolean both = method == Session.Method.PASSKEY;
        return opened(visit, next, database.write(tx -> open(tx, visit, person, method, both)));
    }

    /// Whether a password alone does not sign the person in.
    boolean hasFactor(Tx tx, String personId) {
        return totp.find(tx, personId).filter(it -> it.confirmedAt() != null).isPresent()
                || passkeys.exist(tx, personId);
    }

    /// Makes the session; the last step of its transaction.
    Secret open(Tx tx, Visit visit, Proven person, Session.Method method, boolean secondFactor) {
        Session former = visit.findSession();
        if (former != null) {
            pages.sessions().end(tx, former.userId(), former.id());
        }
        Secret token = pages.sessions()
                .open(
                        tx,
                        person.userId(),
                        person.organizationId(),
                        person.workspaceId(),
                        method,
                        secondFactor,
                        visit.head());
        audit.append(
                tx,
                person.organizationId(),
                new AuditLog.Author(
                        Actor.Kind.USER, person.userId(), visit.head().requestId()),
                new AuditLog.Event(
                        "session.open",
                        person.userId(),
                        Map.of("method", method.word(), "second_factor", secondFactor)));
        return token;
    }

    /// The answer with the session that was made.
    Response opened(Visit visit, @Nullable String next, Secret token) {
        return pages.cookies().without(pages.signedIn(visit.goTo(next == null ? "/" : next), token), PENDING);
    }

    /// Where a person looks first who said nothing about it: the organization they have been in longest. Empty for one
    /// who is in none.
    Optional<Proven> home(Tx tx, String personId) {
        return tx.sql()
                .select(ORGANIZATION_MEMBER.ORGANIZATION_ID)
                .from(ORGANIZATION_MEMBER)
                .where(ORGANIZATION_MEMBER.PERSON_ID.eq(personId))
                .orderBy(ORGANIZATION_MEMBER.CREATED_AT, ORGANIZATION_MEMBER.ORGANIZATION_ID)
                .limit(1)
                .fetchOptional(ORGANIZATION_MEMBER.ORGANIZATION_ID)
                .map(organization -> in(tx, personId, Objects.requireNonNull(organization)));
    }

    /// The person in that organization's default workspace.
    Proven in(Tx tx, String personId, String organizationId) {
        return new Proven(
                personId,
                organizationId,
                organizations.defaultWorkspace(tx, organizationId).id());
    }
}
