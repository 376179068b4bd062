package dev.faregate.accounts;

import dev.faregate.accounts.InvitationStore.Invitation;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Session;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `/invitation`: the link that whoever was invited gets. An account joins that has the address it was sent to, and no
/// other; who has none makes one, where the server lets new people in.
public final class InvitationPages {
    private final Desk desk;
    private final Supplier<SignUp> signUp;
    private final GroupMappings mappings;

    InvitationPages(Desk desk, Supplier<SignUp> signUp, GroupMappings mappings) {
        this.desk = desk;
        this.signUp = signUp;
        this.mappings = mappings;
    }

    /// `GET /invitation`.
    public Response show(Visit visit) {
        return find(visit).map(invitation -> show(visit, invitation, 200, null)).orElseGet(() -> dead(visit));
    }

    private Response show(Visit visit, Invitation invitation, int status, @Nullable Problem problem) {
        Session session = visit.findSession();
        String title = "Join " + invitation.organizationName();
        if (session != null) {
            return session.email().equals(invitation.email())
                    ? join(visit, invitation, title)
                    : Messages.page(
                            visit,
                            403,
                            "This invitation is for somebody else",
                            "It was sent to " + invitation.email() + ", and you are signed in as " + session.email()
                                    + ". Sign out, then open the link again.",
                            "Your account",
                            "/account");
        }
        boolean known = desk.database()
                .read(tx -> desk.people().findByEmail(tx, invitation.email()).isPresent());
        if (known) {
            String back = "/invitation?token=" + Desk.token(visit);
            return Messages.page(
                    visit,
                    200,
                    title,
                    "Sign in as " + invitation.email() + " to join as "
                            + invitation.role().word() + ".",
                    "Sign in",
                    Pages.leadingTo(Pages.SIGN_IN, back));
        }
        if (signUp.get() == SignUp.CLOSED) {
            return Messages.page(
                    visit,
                    403,
                    "No new accounts",
                    "You have no account on this server, and it takes no new ones just now. Whoever runs it can change that"
                            + " with the setting accounts.sign_up; then open the link again.",
                    "Sign in",
                    "/sign-in");
        }
        return Messages.newcomer(
                visit,
                status,
                title,
                "/invitation",
                invitation.email(),
                String.valueOf(Desk.token(visit)),
                desk.rules().minLength(),
                problem);
    }

    private static Response join(Visit visit, Invitation invitation, String title) {
        return visit.page(
                "accounts/invitation.jte",
                title,
                "",
                Map.of(
                        "organization",
                        invitation.organizationName(),
                        "role",
                        invitation.role().word(),
                        "token",
                        String.valueOf(Desk.token(visit))));
    }

    /// `POST /invitation`: joins, after making an account where there is none.
    public Response accept(Visit visit) {
        Optional<Invitation> invitation = find(visit);
        if (invitation.isEmpty()) {
            return dead(visit);
        }
        Session session = visit.findSession();
        return session == null ? create(visit, invitation.get()) : join(visit, session, invitation.get());
    }

    private Response join(Visit visit, Session session, Invitation invitation) {
        if (!session.email().equals(invitation.email())) {
            return show(visit, invitation, 403, null);
        }
        String organization = invitation.organizationId();
        mappings.finish(desk.database().write(tx -> {
            take(tx, invitation);
            Departures.Done keys = null;
            if (desk.members().find(tx, organization, session.userId()).isEmpty()) {
                desk.members().join(tx, organization, session.userId(), invitation.role());
                keys = mappings.arrive(
                        tx,
                        organization,
                        session.userId(),
                        new AuditLog.Author(
                                Actor.Kind.USER, session.userId(), visit.head().requestId()));
            }
            SignIns.Proven there = desk.proven(tx, session.userId(), organization);
            desk.pages().sessions().look(tx, session.id(), organization, there.workspaceId());
            record(tx, visit, invitation, session.userId());
            return keys;
        }));
        return visit.goTo("/account", "success", "You are in " + invitation.organizationName() + " now.");
    }

    private Response create(Visit visit, Invitation invitation) {
        if (signUp.get() == SignUp.CLOSED) {
            return show(visit, invitation, 403, null);
        }
        PersonName name;
        String hash;
        try {
            name = PersonName.from(visit.form());
            hash = desk.passwords()
                    .hash(desk.newPassword(
                            visit.form(), List.of(invitation.email(), name.whole(), invitation.organizationName())));
        } catch (ApiException e) {
            return show(visit, invitation, Desk.UNPROCESSABLE, Problem.of(e));
        }
        SignIns.Proven made;
        try {
            made = desk.database().write(tx -> {
                take(tx, invitation);
                String organization = invitation.organizationId();
                String id = desk.join(
                        tx, invitation.email(), name, invitation.mailed(), hash, organization, invitation.role());
                record(tx, visit, invitation, id);
                return desk.proven(tx, id, organization);
            });
        } catch (ApiException e) {
            return show(visit, invitation, 409, Problem.of(e));
        }
        return desk.signIns().proven(visit, made, Session.Method.PASSWORD, null);
    }

    /// Throws a 409 when somebody was faster.
    private void take(Tx tx, Invitation invitation) {
        if (!desk.invitations().delete(tx, invitation.organizationId(), invitation.id())) {
            throw new ApiException(new ApiError.Conflict("This invitation was used or taken back."));
        }
    }

    private void record(Tx tx, Visit visit, Invitation invitation, String personId) {
        desk.record(
                tx,
                visit,
                invitation.organizationId(),
                personId,
                "member.join",
                Map.of("role", invitation.role().word(), "email", invitation.email(), "invitation", invitation.id()));
    }

    private Optional<Invitation> find(Visit visit) {
        String token = Desk.token(visit);
        return desk.database().read(tx -> desk.invitations().findByToken(tx, token));
    }

    private static Response dead(Visit visit) {
        return Messages.deadLink(visit, "Ask whoever invited you for a new one.", "Sign in", "/sign-in");
    }
}
