package dev.faregate.accounts;

import dev.faregate.base.Secret;
import dev.faregate.http.Response;
import dev.faregate.identity.Session;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The step between a password and a session (`/sign-in/step`), and the sign-in that needs no password at all
/// (`/sign-in/passkey`).
public final class SecondStepPage {
    static final String PASSKEY = "/sign-in/passkey";
    private static final int MAX_CODE = 40;
    private static final int UNPROCESSABLE = 422;
    private static final String WRONG_PASSKEY =
            "That passkey was not taken: it is not known here, or the page was too old. Try again.";

    private final Database database;
    private final Pages pages;
    private final SignIns signIns;
    private final Totp totp;
    private final Passkeys passkeys;
    private final RecoveryCodes recovery = new RecoveryCodes();
    private final PendingSignIns pendings = new PendingSignIns();

    SecondStepPage(Database database, Pages pages, SignIns signIns, Totp totp, Passkeys passkeys) {
        this.database = database;
        this.pages = pages;
        this.signIns = signIns;
        this.totp = totp;
        this.passkeys = passkeys;
    }

    /// Ways to sign in that the sign-in page should offer.
    public List<SignInLink> links() {
        return passkeys.party().isPresent() ? List.of(new SignInLink("Sign in with a passkey", PASSKEY)) : List.of();
    }

    // The second step

    /// What one attempt came to.
    private sealed interface Outcome {
        record Opened(Secret token, @Nullable String next) implements Outcome {}

        record Refused(String field, String why) implements Outcome {}

        /// No sign-in waits in this browser (any more).
        record Gone() implements Outcome {}
    }

    /// `GET /sign-in/step`.
    public Response step(Visit visit) {
        PendingSignIns.Pending pending = pending(visit);
        return pending == null ? gone(visit) : stepPage(visit, pending, null);
    }

    /// `POST /sign-in/step`: a code of the authenticator app.
    public Response code(Visit visit) {
        PendingSignIns.Pending pending = pending(visit);
        if (pending == null) {
            return gone(visit);
        }
        String code = visit.form().text("code", MAX_CODE);
        Totp.Reading reading = totp.read(pending.person().userId(), code);
        return answer(
                visit,
                pending,
                database.write(tx -> attempt(tx, visit, pending, open -> switch (totp.take(
                        open, pending.person().userId(), reading, false)) {
                    case Totp.Verdict.Right _ -> null;
                    case Totp.Verdict.Wrong _ ->
                        new Outcome.Refused(
                                "code", "That code is not right, or it was used before. Wait for the next one.");
                    case Totp.Verdict.Locked(var until) ->
                        new Outcome.Refused("code", SecurityTexts.locked(until, open.now()));
                    case Totp.Verdict.Absent _ ->
                        new Outcome.Refused("code", "There is no authenticator app for this account any more.");
                })));
    }

    /// `POST /sign-in/step/recovery`.
    public Response recovery(Visit visit) {
        PendingSignIns.Pending pending = pending(visit);
        if (pending == null) {
            return gone(visit);
        }
        String code = visit.form().text("recovery", MAX_CODE);
        Outcome wrong =
                new Outcome.Refused("recovery", "That is not one of your recovery codes, or it was used before.");
        return answer(
                visit,
                pending,
                database.write(tx -> attempt(
                        tx,
                        visit,
                        pending,
                        open -> recovery.use(open, pending.person().userId(), code) ? null : wrong)));
    }

    /// `POST /sign-in/step/passkey`.
    public Response stepPasskey(Visit visit) {
        PendingSignIns.Pending pending = pending(visit);
        if (pending == null) {
            return gone(visit);
        }
        Predicate<Tx> shown =
                verified(visit, Passkeys.Purpose.STEP, pending.person().userId());
        Outcome wrong = new Outcome.Refused("passkey", WRONG_PASSKEY);
        return answer(
                visit,
                pending,
                database.write(tx -> attempt(tx, visit, pending, open -> shown.test(open) ? null : wrong)));
    }

    /// Checks the answer of a passkey; what comes back takes it in a transaction, and says whether it was good.
    private Predicate<Tx> verified(Visit visit, Passkeys.Purpose purpose, String personId) {
        String answer = visit.form().text("credential", Passkeys.MAX_ANSWER);
        Passkeys.Shown shown = passkeys.party()
                .flatMap(party -> passkeys.shown(visit, party, purpose, personId, answer))
                .orElse(null);
        return tx -> shown != null && passkeys.take(tx, shown);
    }

    /// Counts the attempt, lets `check` look at it, and opens the session when it finds nothing wrong.
    private Outcome attempt(
            Tx tx,
            Visit visit,
            PendingSignIns.Pending pending,
            java.util.function.Function<Tx, @Nullable Outcome> check) {
        if (!pendings.attempt(tx, pending)) {
            return new Outcome.Gone();
        }
        Outcome wrong = check.apply(tx);
        if (wrong != null) {
            return wrong;
        }
        pendings.end(tx, pending);
        return new Outcome.Opened(signIns.open(tx, visit, pending.person(), pending.method(), true), pending.next());
    }

    private Response answer(Visit visit, PendingSignIns.Pending pending, Outcome outcome) {
        return switch (outcome) {
            case Outcome.Opened(Secret token, String next) -> signIns.opened(visit, next, token);
            case Outcome.Refused refused -> stepPage(visit, pending, refused);
            case Outcome.Gone _ -> gone(visit);
        };
    }

    private PendingSignIns.@Nullable Pending pending(Visit visit) {
        String token = pages.cookies().find(visit.head(), SignIns.PENDING);
        return token == null
                ? null
                : database.read(tx -> pendings.find(tx, token).orElse(null));
    }

    private Response gone(Visit visit) {
        return pages.cookies()
                .without(
                        visit.goTo(
                                Pages.SIGN_IN,
                                "warning",
                                "That took too long, or there were too many attempts. Sign in again."),
                        SignIns.PENDING);
    }

    private Response stepPage(Visit visit, PendingSignIns.Pending pending, Outcome.@Nullable Refused refused) {
        String personId = pending.person().userId();
        record Ways(boolean totp, boolean passkeys, boolean recovery) {}
        Ways ways = database.read(tx -> new Ways(
                totp.since(tx, personId) != null,
                passkeys.store().exist(tx, personId),
                recovery.left(tx, personId) > 0));
        String options = ways.passkeys()
                ? passkeys.party()
                        .map(party -> passkeys.request(visit, party, Passkeys.Purpose.STEP, personId))
                        .orElse(null)
                : null;
        Map<String, Object> values = new HashMap<>();
        values.put("totp", ways.totp());
        values.put("recovery", ways.recovery());
        put(values, "options", options);
        put(values, "field", refused == null ? null : refused.field());
        put(values, "error", refused == null ? null : refused.why());
        return visit.page(refused == null ? 200 : UNPROCESSABLE, "factors/step.jte", "One more step", "", values);
    }

    static void put(Map<String, Object> values, String name, @Nullable Object value) {
        if (value != null) {
            values.put(name, value);
        }
    }

    // Without a password

    /// `GET /sign-in/passkey`.
    public Response passkey(Visit visit) {
        return passkeyPage(visit, null);
    }

    /// `POST /sign-in/passkey`.
    public Response passkeyShown(Visit visit) {
        String answer = visit.form().text("credential", Passkeys.MAX_ANSWER);
        Passkeys.Shown shown = passkeys.party()
                .flatMap(party -> passkeys.shown(visit, party, Passkeys.Purpose.SIGN_IN, null, answer))
                .orElse(null);
        if (shown == null) {
            return passkeyPage(visit, WRONG_PASSKEY);
        }
        SignIns.Proven person =
                database.read(tx -> signIns.home(tx, shown.passkey().personId()).orElse(null));
        if (person == null) {
            return passkeyPage(
                    visit,
                    "You are not a member of any organization any more. Ask an owner or an admin to invite you.");
        }
        Secret token = database.write(
                tx -> passkeys.take(tx, shown) ? signIns.open(tx, visit, person, Session.Method.PASSKEY, true) : null);
        return token == null ? passkeyPage(visit, WRONG_PASSKEY) : signIns.opened(visit, visit.next(), token);
    }

    private Response passkeyPage(Visit visit, @Nullable String error) {
        Map<String, Object> values = new HashMap<>();
        put(
                values,
                "options",
                passkeys.party()
                        .map(party -> passkeys.request(visit, party, Passkeys.Purpose.SIGN_IN, null))
                        .orElse(null));
        put(values, "next", visit.next());
        put(values, "error", error);
        return visit.page(
                error == null ? 200 : UNPROCESSABLE, "factors/passkey.jte", "Sign in with a passkey", "", values);
    }
}
