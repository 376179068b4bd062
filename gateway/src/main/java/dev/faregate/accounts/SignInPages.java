package dev.faregate.accounts;

import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import dev.faregate.http.Response;
import dev.faregate.identity.Session;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `/sign-in` and `/sign-out`. Whether an account exists shows neither in what is answered nor in how long it takes.
public final class SignInPages {
    private static final Problem WRONG = Problem.of("This e-mail address and password do not belong together.");
    private static final Problem TOO_MANY = Problem.of(
            "Too many attempts. Wait a quarter of an hour, or choose a new password if you do not know it any more.");

    private final Desk desk;
    private final Supplier<SignUp> signUp;
    private final Supplier<List<SignInLink>> ways;

    SignInPages(Desk desk, Supplier<SignUp> signUp, Supplier<List<SignInLink>> ways) {
        this.desk = desk;
        this.signUp = signUp;
        this.ways = ways;
    }

    /// `GET /sign-in`.
    public Response show(Visit visit) {
        String next = visit.next();
        return visit.findSession() == null ? page(visit, 200, "", null) : visit.goTo(next == null ? "/" : next);
    }

    /// `POST /sign-in`.
    public Response signIn(Visit visit) {
        String email;
        Secret password;
        try {
            email = Desk.email(visit.form());
            password = visit.form().findSecret(Desk.PASSWORD, PasswordRules.MAX_LENGTH);
        } catch (ApiException e) {
            return page(visit, Desk.UNPROCESSABLE, typed(visit), Problem.of(e));
        }
        if (password == null) {
            return page(visit, Desk.UNPROCESSABLE, email, Problem.at(Desk.PASSWORD, "Write your password."));
        }
        if (!desk.admits(Throttle.signIn(email, visit.head().remote()))) {
            return page(visit, Desk.TOO_MANY, email, TOO_MANY).withHeader("Retry-After", Desk.RETRY_AFTER_S);
        }
        Optional<PersonStore.Person> person =
                desk.database().read(tx -> desk.people().findByEmail(tx, email));
        String hash = person.map(PersonStore.Person::passwordHash).orElse(null);
        if (!desk.passwords().fits(password, hash)) {
            return page(visit, Desk.UNPROCESSABLE, email, WRONG);
        }
        return proven(visit, person.orElseThrow(), password);
    }

    private Response proven(Visit visit, PersonStore.Person person, Secret password) {
        String outdated = Objects.requireNonNull(person.passwordHash());
        String fresh = Passwords.isOutdated(outdated) ? desk.passwords().hash(password) : null;
        Optional<SignIns.Proven> proven = desk.database().write(tx -> {
            desk.throttle().succeeded(tx, person.email(), visit.head().remote());
            if (fresh != null) {
                desk.people().setPassword(tx, person.id(), fresh);
            }
            return desk.people().memberships(tx, person.id()).stream()
                    .findFirst()
                    .map(member -> desk.proven(tx, person.id(), member.organizationId()));
        });
        if (proven.isEmpty()) {
            return page(
                    visit,
                    Desk.UNPROCESSABLE,
                    person.email(),
                    Problem.of("You are in no organization any more. Ask for an invitation."));
        }
        return desk.signIns().proven(visit, proven.get(), Session.Method.PASSWORD, visit.next());
    }

    /// `POST /sign-out`.
    public Response signOut(Visit visit) {
        Session session = visit.findSession();
        if (session != null) {
            desk.database().write(tx -> desk.pages().sessions().end(tx, session.userId(), session.id()));
        }
        return desk.pages().signedOut(visit.goTo(Pages.SIGN_IN, "success", "You are signed out."));
    }

    private static String typed(Visit visit) {
        return String.join("", visit.form().all(Desk.EMAIL, Integer.MAX_VALUE));
    }

    private Response page(Visit visit, int status, String email, @Nullable Problem problem) {
        String next = visit.next();
        Map<String, Object> values = new HashMap<>();
        values.put("email", email);
        values.put("next", next == null ? "" : next);
        values.put("ways", ways.get());
        values.put("signUp", signUp.get() == SignUp.OPEN && desk.outbox().isOn());
        values.put("problem", problem);
        return visit.page(status, "accounts/sign_in.jte", "Sign in", "", values);
    }
}
