package dev.faregate.accounts;

import dev.faregate.base.Secret;
import dev.faregate.http.Response;
import dev.faregate.identity.Session;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import org.jspecify.annotations.Nullable;

/// What comes after somebody has shown who they are, by whichever way: a session of their own, made anew, and on to
/// where
/// they wanted to go.
public final class SignIns {
    /// Who has proved to be a person, and where they are going to look first.
    public record Proven(String userId, String organizationId, String workspaceId) {}

    private final Database database;
    private final Pages pages;

    public SignIns(Database database, Pages pages) {
        this.database = database;
        this.pages = pages;
    }

    /// The answer that leads a person on. `next` is a path of ours, or null for the start page.
    public Response proven(Visit visit, Proven person, Session.Method method, @Nullable String next) {
        return open(visit, person, method, method == Session.Method.PASSKEY, next);
    }

    private Response open(
            Visit visit, Proven person, Session.Method method, boolean secondFactor, @Nullable String next) {
        Session former = visit.findSession();
        Secret token = database.write(tx -> {
            if (former != null) {
                pages.sessions().end(tx, former.userId(), former.id());
            }
            return pages.sessions()
                    .open(
                            tx,
                            person.userId(),
                            person.organizationId(),
                            person.workspaceId(),
                            method,
                            secondFactor,
                            visit.head());
        });
        return pages.signedIn(visit.goTo(next == null ? "/" : next), token);
    }
}
