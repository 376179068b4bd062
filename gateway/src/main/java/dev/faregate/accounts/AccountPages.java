package dev.faregate.accounts;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.http.Response;
import dev.faregate.identity.Session;
import dev.faregate.identity.Writes;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// `/account`: what a person is called, where mail reaches them, their password, and the organizations they are in.
/// Address and password change only for somebody who shows the password again, or has just signed in.
public final class AccountPages {
    private static final String PATH = "/account";
    private static final String CURRENT = "current";
    private static final int MAX_ID = 50;

    /// How long a sign-in counts as a proof where there is no password to ask for.
    private static final Duration FRESH = Duration.ofMinutes(10);

    private static final Duration NEWS_LIFETIME = Duration.ofDays(1);

    /// An organization as the page shows it.
    public record Place(String id, String name, String role, boolean current) {}

    private final Desk desk;
    private final Departures departures;
    private final Writes writes;

    AccountPages(Desk desk, Departures departures, Writes writes) {
        this.desk = desk;
        this.departures = departures;
        this.writes = writes;
    }

    /// `GET /account`.
    public Response show(Visit visit) {
        return show(visit, 200, "", null);
    }

    /// `form`: which form the problem is about.
    private Response show(Visit visit, int status, String form, @Nullable Problem problem) {
        Session session = visit.session();
        Map<String, Object> values = new HashMap<>();
        desk.database().read(tx -> {
            PersonStore.Person person = person(tx, session);
            values.put(
                    "name", PersonName.of(person.firstName(), person.lastName()).whole());
            values.put("email", person.email());
            values.put("verified", person.emailVerified());
            values.put("hasPassword", person.passwordHash() != null);
            values.put(
                    "places",
                    desk.people().memberships(tx, session.userId()).stream()
                            .map(it -> new Place(
                                    it.organizationId(),
                                    it.organizationName(),
                                    it.role().word(),
                                    it.organizationId().equals(session.organizationId())))
                            .toList());
            return null;
        });
        values.put("typedEmail", String.join("", visit.form().all(Desk.EMAIL, Integer.MAX_VALUE)));
        values.put("minLength", desk.rules().minLength());
        values.put("mail", desk.outbox().isOn());
        values.put("form", form);
        values.put("problem", problem);
        return visit.page(status, "accounts/account.jte", "Account", "account", values);
    }

    private PersonStore.Person person(Tx tx, Session session) {
        return desk.people()
                .find(tx, session.userId())
                .orElseThrow(() -> new IllegalStateException("a session of nobody"));
    }

    /// `POST /account/name`.
    public Response rename(Visit visit) {
        PersonName name;
        try {
            name = PersonName.from(visit.form());
        } catch (ApiException e) {
            return show(visit, Desk.UNPROCESSABLE, "name", Problem.of(e));
        }
        desk.database().write(tx -> {
            desk.people().setName(tx, visit.session().userId(), name);
            record(tx, visit, "account.name", Map.of());
            return null;
        });
        return visit.goTo(PATH, "success", "Your name is saved.");
    }

    /// `POST /account/password`: ends every other session.
    public Response changePassword(Visit visit) {
        Session session = visit.session();
        PersonStore.Person person = desk.database().read(tx -> person(tx, session));
        String hash;
        try {
            prove(visit, person);
            hash = desk.passwords()
                    .hash(desk.newPassword(
                            visit.form(), List.of(person.email(), session.displayName(), session.organizationName())));
        } catch (ApiException e) {
            return show(visit, Desk.UNPROCESSABLE, "password", Problem.of(e));
        }
        Outbox.Sealable news = news(person, desk.texts().passwordChanged(person.email()));
        desk.database().write(tx -> {
            desk.people().setPassword(tx, person.id(), hash);
            desk.links().endAll(tx, LinkStore.Purpose.RESET, person.id());
            desk.pages().sessions().endAll(tx, person.id(), session.id());
            desk.pages().sessions().proved(tx, session.id(), false);
            if (news != null) {
                desk.outbox().put(tx, news);
            }
            record(tx, visit, "account.password", Map.of());
            return null;
        });
        desk.outbox().wake();
        return visit.goTo(PATH, "success", "Your password is changed. You are signed out everywhere else.");
    }

    private Outbox.@Nullable Sealable news(PersonStore.Person person, Mail mail) {
        return desk.outbox().isOn() && person.emailVerified() ? desk.outbox().seal(mail, NEWS_LIFETIME) : null;
    }

    /// `POST /account/email`: sends a link to the new address; nothing changes before it is opened.
    public Response changeEmail(Visit visit) {
        Session session = visit.session();
        PersonStore.Person person = desk.database().read(tx -> person(tx, session));
        String email;
        try {
            email = Desk.email(visit.form());
            prove(visit, person);
            sendLink(visit, email);
        } catch (ApiException e) {
            return show(visit, Desk.UNPROCESSABLE, "email", Problem.of(e));
        }
        return visit.goTo(PATH, "info", "A link is on its way to " + email + ". Open it to confirm that address.");
    }

    /// `POST /account/email/verify`: the same for the address that the account has.
    public Response verifyEmail(Visit visit) {
        String email = visit.session().email();
        try {
            sendLink(visit, email);
        } catch (ApiException e) {
            return show(visit, Desk.UNPROCESSABLE, "email", Problem.of(e));
        }
        return visit.goTo(PATH, "info", "A link is on its way to " + email + ".");
    }

    private void sendLink(Visit visit, String email) {
        if (!desk.outbox().isOn()) {
            throw new ApiException(
                    new ApiError.Conflict("This server sends no mail, so it cannot confirm an address."));
        }
        String person = visit.session().userId();
        Secret token = Tokens.generate();
        Outbox.Sealable mail =
                desk.outbox().seal(desk.texts().confirmEmail(email, token), LinkStore.Purpose.EMAIL.lifetime);
        boolean sent = desk.database().write(tx -> {
            if (!desk.throttle().take(tx, Throttle.mailTo(email))
                    || !desk.throttle().take(tx, Throttle.mailFrom(visit.head().remote()))) {
                return false;
            }
            desk.links().endAll(tx, LinkStore.Purpose.EMAIL, person);
            desk.links().insert(tx, token, LinkStore.Purpose.EMAIL, person, email);
            desk.outbox().put(tx, mail);
            return true;
        });
        if (!sent) {
            throw Desk.wrong(Desk.EMAIL, "Too many mails were asked for. Wait an hour.");
        }
        desk.outbox().wake();
    }

    /// `GET /account/email/confirm`: the link in the mail, which a mail program may open by itself.
    public Response confirmEmail(Visit visit) {
        String token = Desk.token(visit);
        return desk.database()
                .read(tx -> desk.links().find(tx, token, LinkStore.Purpose.EMAIL))
                .map(link -> visit.page(
                        "accounts/confirm_email.jte",
                        "Confirm your address",
                        "",
                        Map.of("email", String.valueOf(link.email()), "token", String.valueOf(token))))
                .orElseGet(() -> deadLink(visit));
    }

    private static Response deadLink(Visit visit) {
        return Messages.deadLink(visit, "Ask for a new one on your account's page.", "Your account", PATH);
    }

    /// `POST /account/email/confirm`: in whichever browser the mail was read.
    public Response setEmail(Visit visit) {
        LinkStore.Link link = desk.database()
                .read(tx -> desk.links().find(tx, Desk.token(visit), LinkStore.Purpose.EMAIL))
                .orElse(null);
        if (link == null) {
            return deadLink(visit);
        }
        String email = Objects.requireNonNull(link.email());
        String id = Objects.requireNonNull(link.subject());
        PersonStore.Person before =
                desk.database().read(tx -> desk.people().find(tx, id)).orElseThrow();
        Outbox.Sealable news =
                before.email().equals(email) ? null : news(before, desk.texts().emailChanged(before.email()));
        try {
            desk.database().write(tx -> {
                if (desk.links()
                        .take(tx, Desk.token(visit), LinkStore.Purpose.EMAIL)
                        .isEmpty()) {
                    throw new ApiException(new ApiError.Conflict("This link was used already."));
                }
                if (!desk.people().setEmail(tx, id, email)) {
                    throw new ApiException(new ApiError.Conflict("Another account has this address."));
                }
                desk.links().endAll(tx, LinkStore.Purpose.RESET, id);
                if (news != null) {
                    desk.outbox().put(tx, news);
                }
                desk.people()
                        .memberships(tx, id)
                        .forEach(it -> desk.record(
                                tx, visit, it.organizationId(), id, "account.email", Map.of("email", email)));
                return null;
            });
        } catch (ApiException e) {
            return Messages.page(visit, 409, "Not changed", Problem.of(e).text(), "Your account", PATH);
        }
        desk.outbox().wake();
        return visit.goTo(
                visit.findSession() == null ? "/sign-in" : PATH, "success", email + " is confirmed as your address.");
    }

    /// `POST /account/organization`: looks at another organization of the person.
    public Response look(Visit visit) {
        Session session = visit.session();
        String wanted = visit.form().text("organization", MAX_ID);
        String name = desk.database().write(tx -> {
            PersonStore.Membership there = desk.people().memberships(tx, session.userId()).stream()
                    .filter(it -> it.organizationId().equals(wanted))
                    .findFirst()
                    .orElseThrow(
                            () -> new ApiException(new ApiError.NotFound("You are in no organization of that id.")));
            String workspace = desk.organizations()
                    .defaultWorkspace(tx, there.organizationId())
                    .id();
            desk.pages().sessions().look(tx, session.id(), there.organizationId(), workspace);
            return there.organizationName();
        });
        return visit.goTo(PATH, "success", "You are looking at " + name + " now.");
    }

    /// `POST /account/leave`: leaves the organization that the person looks at; their keys there are deleted.
    public Response leave(Visit visit) {
        Session session = visit.session();
        try {
            departures.finish(desk.database().write(tx -> {
                Owners.keepOne(tx, session.organizationId(), session.role());
                Departures.Done done = departures.leave(tx, session.organizationId(), session.userId(), true);
                record(
                        tx,
                        visit,
                        "member.leave",
                        Map.of(
                                "email",
                                session.email(),
                                "keys_deleted",
                                done.closed().size()));
                return done;
            }));
        } catch (ApiException e) {
            return show(visit, Desk.UNPROCESSABLE, "organizations", Problem.of(e));
        }
        return visit.goTo("/sign-in", "success", "You left " + session.organizationName() + ".");
    }

    /// Throws a 400 unless the person shows who they are.
    private void prove(Visit visit, PersonStore.Person person) {
        if (person.passwordHash() == null) {
            Instant now = desk.database().read(Tx::now);
            if (visit.session().authenticatedAt().plus(FRESH).isBefore(now)) {
                throw new ApiException(new ApiError.Conflict(
                        "Sign out and in again first: it is a while since you showed who you are."));
            }
            return;
        }
        Secret current = visit.form().findSecret(CURRENT, PasswordRules.MAX_LENGTH);
        if (current == null) {
            throw Desk.wrong(CURRENT, "Write the password that you have now.");
        }
        if (!desk.admits(Throttle.proof(person.id()))) {
            throw Desk.wrong(CURRENT, "Too many attempts. Wait a quarter of an hour.");
        }
        if (!desk.passwords().fits(current, person.passwordHash())) {
            throw Desk.wrong(CURRENT, "This is not your password.");
        }
    }

    private void record(Tx tx, Visit visit, String action, Map<String, ?> detail) {
        writes.record(tx, visit.request(), action, visit.session().userId(), detail);
    }
}
