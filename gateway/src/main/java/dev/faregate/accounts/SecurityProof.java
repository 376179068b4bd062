package dev.faregate.accounts;

import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import dev.faregate.http.Response;
import dev.faregate.identity.Session;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Asks again who somebody is before what could lock them out or let others in: a browser that was left open is not
/// enough for that. A code or a passkey proves it, or the password of somebody who has neither.
public final class SecurityProof {
    /// How long a proof is good.
    static final Duration FRESH = Duration.ofMinutes(15);

    static final String PATH = "/account/security/proof";
    private static final int MAX_CODE = 40;
    private static final int UNPROCESSABLE = 422;

    private final Database database;
    private final Pages pages;
    private final Totp totp;
    private final Passkeys passkeys;
    private final Passwords passwords;
    private final PersonStore people = new PersonStore();
    private final Throttle throttle = new Throttle();

    SecurityProof(Database database, Pages pages, Totp totp, Passkeys passkeys, Passwords passwords) {
        this.database = database;
        this.pages = pages;
        this.totp = totp;
        this.passkeys = passkeys;
        this.passwords = passwords;
    }

    /// What somebody can prove themselves with. A password does only where it is all that they have: else a
    /// browser that was left open and a password that was seen would take the second factor away.
    private record Ways(boolean totp, boolean passkeys, PersonStore.Person person) {
        @Nullable
        String passwordHash() {
            return totp || passkeys ? null : person.passwordHash();
        }
    }

    /// The page that asks, when the person's last proof is too old; null when it is not. `back` is where they are led
    /// afterwards.
    public @Nullable Response ask(Visit visit, String back) {
        Session session = visit.session();
        boolean fresh =
                database.read(Tx::now).isBefore(session.authenticatedAt().plus(FRESH));
        return fresh ? null : visit.goTo(Pages.leadingTo(PATH, back));
    }

    /// `GET /account/security/proof`.
    public Response page(Visit visit) {
        return page(visit, ways(visit), null, null);
    }

    private Ways ways(Visit visit) {
        String person = visit.session().userId();
        return database.read(tx -> new Ways(
                totp.since(tx, person) != null,
                passkeys.store().exist(tx, person),
                people.find(tx, person).orElseThrow()));
    }

    /// `POST /account/security/proof`: a code of the authenticator app.
    public Response code(Visit visit) {
        Session session = visit.session();
        Totp.Reading reading = totp.read(session.userId(), visit.form().text("code", MAX_CODE));
        record Taken(Totp.Verdict verdict, String locked) {}
        Taken taken = database.write(tx -> {
            Totp.Verdict verdict = totp.take(tx, session.userId(), reading, false);
            if (verdict instanceof Totp.Verdict.Right) {
                pages.sessions().proved(tx, session.id(), true);
            }
            String locked =
                    verdict instanceof Totp.Verdict.Locked(var until) ? SecurityTexts.locked(until, tx.now()) : "";
            return new Taken(verdict, locked);
        });
        return switch (taken.verdict()) {
            case Totp.Verdict.Right _ -> onward(visit);
            case Totp.Verdict.Locked _ -> page(visit, ways(visit), "code", taken.locked());
            case Totp.Verdict.Wrong _, Totp.Verdict.Absent _ ->
                page(
                        visit,
                        ways(visit),
                        "code",
                        "That code is not right, or it was used before. Wait for the next one.");
        };
    }

    /// `POST /account/security/proof/password`. Attempts are counted together with those at the sign-in, since it is
    /// the same password.
    public Response password(Visit visit) {
        Ways ways = ways(visit);
        String hash = ways.passwordHash();
        if (hash == null) {
            return page(visit, ways, null, null);
        }
        Secret given;
        try {
            given = visit.form().findSecret(Desk.PASSWORD, PasswordRules.MAX_LENGTH);
        } catch (ApiException e) {
            return page(visit, UNPROCESSABLE, ways, Problem.of(e));
        }
        if (given == null) {
            return page(visit, ways, Desk.PASSWORD, "Write your password.");
        }
        String email = ways.person().email();
        InetAddress from = visit.head().remote();
        if (!database.write(tx -> throttle.take(tx, Throttle.signIn(email, from)))) {
            return page(
                            visit,
                            Desk.TOO_MANY,
                            ways,
                            Problem.at(Desk.PASSWORD, "Too many attempts. Wait a quarter of an hour."))
                    .withHeader("Retry-After", Desk.RETRY_AFTER_S);
        }
        if (!passwords.fits(given, hash)) {
            return page(visit, ways, Desk.PASSWORD, "This is not your password.");
        }
        database.write(tx -> {
            throttle.succeeded(tx, email, from);
            pages.sessions().proved(tx, visit.session().id(), false);
            return null;
        });
        return onward(visit);
    }

    /// `POST /account/security/proof/passkey`.
    public Response passkey(Visit visit) {
        Session session = visit.session();
        String answer = visit.form().text("credential", Passkeys.MAX_ANSWER);
        Passkeys.Shown shown = passkeys.party()
                .flatMap(party -> passkeys.shown(visit, party, Passkeys.Purpose.PROOF, session.userId(), answer))
                .orElse(null);
        boolean proved = shown != null
                && database.write(tx -> {
                    boolean good = passkeys.take(tx, shown);
                    if (good) {
                        pages.sessions().proved(tx, session.id(), true);
                    }
                    return good;
                });
        return proved ? onward(visit) : page(visit, ways(visit), "passkey", "That passkey was not taken. Try again.");
    }

    /// `POST /account/security/proof/again`: ends this session and leads to the sign-in page, and then back.
    public Response again(Visit visit) {
        Session session = visit.session();
        database.write(tx -> pages.sessions().end(tx, session.userId(), session.id()));
        return pages.signedOut(visit.goTo(Pages.leadingTo(Pages.SIGN_IN, back(visit))));
    }

    private static String back(Visit visit) {
        String next = visit.next();
        return next == null ? SecurityPage.PATH : next;
    }

    private static Response onward(Visit visit) {
        return visit.goTo(back(visit), "success", "Thank you. Go on with what you were about to do.");
    }

    private Response page(Visit visit, Ways ways, @Nullable String field, @Nullable String error) {
        Problem problem = field == null || error == null ? null : Problem.at(field, error);
        return page(visit, problem == null ? 200 : UNPROCESSABLE, ways, problem);
    }

    private Response page(Visit visit, int status, Ways ways, @Nullable Problem problem) {
        Session session = visit.session();
        String options = ways.passkeys()
                ? passkeys.party()
                        .map(party -> passkeys.request(visit, party, Passkeys.Purpose.PROOF, session.userId()))
                        .orElse(null)
                : null;
        Map<String, Object> values = new HashMap<>();
        values.put("totp", ways.totp());
        values.put("password", ways.passwordHash() != null);
        values.put("email", ways.person().email());
        values.put("next", back(visit));
        SecondStepPage.put(values, "options", options);
        SecondStepPage.put(values, "problem", problem);
        return visit.page(status, "factors/proof.jte", "Is it still you?", "security", values);
    }
}
