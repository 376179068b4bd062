package dev.faregate.accounts;

import dev.faregate.http.Response;
import dev.faregate.identity.Session;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Asks again who somebody is before what could lock them out or let others in: a browser that was left open is not
/// enough for that. A code or a passkey proves it; whoever has neither signs in again.
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

    SecurityProof(Database database, Pages pages, Totp totp, Passkeys passkeys) {
        this.database = database;
        this.pages = pages;
        this.totp = totp;
        this.passkeys = passkeys;
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
        return page(visit, null, null);
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
            case Totp.Verdict.Locked _ -> page(visit, "code", taken.locked());
            case Totp.Verdict.Wrong _, Totp.Verdict.Absent _ ->
                page(visit, "code", "That code is not right, or it was used before. Wait for the next one.");
        };
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
        return proved ? onward(visit) : page(visit, "passkey", "That passkey was not taken. Try again.");
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

    private Response page(Visit visit, @Nullable String field, @Nullable String error) {
        Session session = visit.session();
        record Ways(boolean totp, boolean passkeys) {}
        Ways ways = database.read(tx -> new Ways(
                totp.since(tx, session.userId()) != null, passkeys.store().exist(tx, session.userId())));
        String options = ways.passkeys()
                ? passkeys.party()
                        .map(party -> passkeys.request(visit, party, Passkeys.Purpose.PROOF, session.userId()))
                        .orElse(null)
                : null;
        Map<String, Object> values = new HashMap<>();
        values.put("totp", ways.totp());
        values.put("next", back(visit));
        SecondStepPage.put(values, "options", options);
        SecondStepPage.put(values, "field", field);
        SecondStepPage.put(values, "error", error);
        return visit.page(
                error == null ? 200 : UNPROCESSABLE, "factors/proof.jte", "Is it still you?", "security", values);
    }
}
