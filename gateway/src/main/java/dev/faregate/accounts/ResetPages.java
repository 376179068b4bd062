package dev.faregate.accounts;

import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.http.Response;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `/reset`: a new password by mail. For an unknown address the same is written as for a known one, in
/// a mail to nobody, so neither the answer nor its time tells them apart. A link goes only to an
/// address that was shown to be the person's.
public final class ResetPages {
    private static final Duration LIFETIME = LinkStore.Purpose.RESET.lifetime;
    private static final Duration NEWS_LIFETIME = Duration.ofDays(1);

    private final Desk desk;

    ResetPages(Desk desk) {
        this.desk = desk;
    }

    /// `GET /reset`.
    public Response show(Visit visit) {
        return desk.outbox().isOn() ? ask(visit, 200, "", null) : off(visit);
    }

    private static Response off(Visit visit) {
        return Messages.page(
                visit,
                200,
                "This server sends no mail",
                "So it cannot send you a link. Ask whoever runs it: ./faregate reset-link makes one.",
                "Back to sign-in",
                "/sign-in");
    }

    /// `POST /reset`.
    public Response send(Visit visit) {
        if (!desk.outbox().isOn()) {
            return off(visit);
        }
        String email;
        try {
            email = Desk.email(visit.form());
        } catch (ApiException e) {
            return ask(visit, Desk.UNPROCESSABLE, String.join("", visit.form().all(Desk.EMAIL, 2_000)), Problem.of(e));
        }
        if (!desk.admits(Throttle.mailFrom(visit.head().remote()))) {
            return ask(visit, Desk.TOO_MANY, email, Messages.TOO_MANY_MAILS)
                    .withHeader("Retry-After", Desk.RETRY_AFTER_S);
        }
        Secret token = Tokens.generate();
        Mail mail = desk.texts().reset(email, token);
        Outbox.Sealable known = desk.outbox().seal(mail, LIFETIME);
        Outbox.Sealable unknown = desk.outbox().seal(Mail.toNobody(mail), LIFETIME);
        desk.database().write(tx -> {
            if (desk.throttle().take(tx, Throttle.mailTo(email))) {
                Optional<String> person = desk.people()
                        .findByEmail(tx, email)
                        .filter(PersonStore.Person::emailVerified)
                        .map(PersonStore.Person::id);
                desk.links().insert(tx, token, LinkStore.Purpose.RESET, person.orElse(null), email);
                desk.outbox().put(tx, person.isPresent() ? known : unknown);
            }
            return null;
        });
        desk.outbox().wake();
        return Messages.checkYourMail(visit, email);
    }

    /// `GET /reset/choose`: the link in the mail.
    public Response choose(Visit visit) {
        return find(visit)
                .map(person -> choose(visit, 200, person.email(), null))
                .orElseGet(() -> dead(visit));
    }

    /// `POST /reset/choose`: sets the password and ends every session, also those of whoever knew the old one.
    public Response change(Visit visit) {
        Optional<PersonStore.Person> person = find(visit);
        if (person.isEmpty()) {
            return dead(visit);
        }
        String email = person.get().email();
        String hash;
        try {
            hash = desk.passwords().hash(desk.newPassword(visit.form(), List.of(email)));
        } catch (ApiException e) {
            return choose(visit, Desk.UNPROCESSABLE, email, Problem.of(e));
        }
        String id = person.get().id();
        Outbox.Sealable news = desk.outbox().isOn() && person.get().emailVerified()
                ? desk.outbox().seal(desk.texts().passwordChanged(email), NEWS_LIFETIME)
                : null;
        boolean changed = desk.database().write(tx -> {
            if (desk.links()
                    .take(tx, Desk.token(visit), LinkStore.Purpose.RESET)
                    .isEmpty()) {
                return false;
            }
            desk.links().endAll(tx, LinkStore.Purpose.RESET, id);
            desk.people().setPassword(tx, id, hash);
            desk.pages().sessions().endAll(tx, id, null);
            if (news != null) {
                desk.outbox().put(tx, news);
            }
            desk.people()
                    .memberships(tx, id)
                    .forEach(member ->
                            desk.record(tx, visit, member.organizationId(), id, "account.password_reset", Map.of()));
            return true;
        });
        desk.outbox().wake();
        return changed
                ? visit.goTo(Pages.SIGN_IN, "success", "Your password is changed. Sign in with it.")
                : dead(visit);
    }

    private Optional<PersonStore.Person> find(Visit visit) {
        String token = Desk.token(visit);
        return desk.database()
                .read(tx -> desk.links()
                        .find(tx, token, LinkStore.Purpose.RESET)
                        .map(LinkStore.Link::subject)
                        .flatMap(id -> desk.people().find(tx, Objects.requireNonNull(id))));
    }

    private static Response dead(Visit visit) {
        return Messages.deadLink(visit, "Ask for a new one.", "Ask for a new link", "/reset");
    }

    private Response ask(Visit visit, int status, String email, @Nullable Problem problem) {
        Map<String, Object> values = new HashMap<>();
        values.put("email", email);
        values.put("problem", problem);
        return visit.page(status, "accounts/reset.jte", "Forgot your password?", "", values);
    }

    private Response choose(Visit visit, int status, String email, @Nullable Problem problem) {
        Map<String, Object> values = new HashMap<>();
        values.put("email", email);
        values.put("token", String.valueOf(Desk.token(visit)));
        values.put("minLength", desk.rules().minLength());
        values.put("problem", problem);
        return visit.page(status, "accounts/choose_password.jte", "Choose a new password", "", values);
    }
}
